"""Holds subscriptions of the MCP face open over real connections, thousands at once."""

import asyncio
import re
from collections import Counter
from typing import Any, Final

from tests.support.mcp_load import STREAM, Target, prepared

#: What a stream may say that is counted, and its end.
_WORDS: Final = re.compile(
    rb"(?P<acknowledged>subscriptions/acknowledged)|(?P<told>resources/updated)"
    rb"|(?P<ping>: ping\r\n)|(?P<farewell>\"resultType\")|(?P<ended>\r\n0\r\n\r\n)"
)
#: Connections that are opened at the same time: fewer than any server's backlog.
WAVE: Final = 100


class Crowd:
    """What all streams together were told, by kind of word."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._streams: list[_Stream] = []
        self._news = asyncio.Event()
        self.heard: Counter[str] = Counter()

    async def grow(self, streams: int, *uris: str) -> None:
        """Open so many more, each acknowledged before the next wave."""
        wanted = {"resourceSubscriptions": list(uris)}
        request = prepared(
            self._target, "subscriptions/listen", accept=STREAM, notifications=wanted
        )
        loop = asyncio.get_running_loop()
        for start in range(0, streams, WAVE):
            wave = min(WAVE, streams - start)
            expected = self.heard["acknowledged"] + wave
            for _ in range(wave):
                _, stream = await loop.create_connection(
                    lambda: _Stream(self, request), "127.0.0.1", self._target.port
                )
                self._streams.append(stream)
            await self.until("acknowledged", expected)

    async def until(self, word: str, times: int, seconds: float = 60.0) -> None:
        """Return when a kind of word was heard so many times in all."""
        try:
            async with asyncio.timeout(seconds):
                while self.heard[word] < times:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{times} times {word!r} expected; heard {self.heard}") from None

    def hear(self, word: str) -> None:
        self.heard[word] += 1
        self._news.set()

    def leave(self) -> None:
        """Hang up."""
        for stream in self._streams:
            stream.hang_up()


class _Stream(asyncio.Protocol):
    """One connection that asked once and listens."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd, self._request, self._rest, self._ended = crowd, request, b"", False
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while found := _WORDS.search(self._rest):
            self._rest = self._rest[found.end() :]
            self._say(str(found.lastgroup))

    def connection_lost(self, exc: Exception | None) -> None:
        self._say("ended")

    def _say(self, word: str) -> None:
        if word == "ended":
            if self._ended:
                return
            self._ended = True
        self._crowd.hear(word)

    def hang_up(self) -> None:
        self._transport.abort()
