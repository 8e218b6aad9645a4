"""What processes tell each other about sessions: rare words, sent through the channel layer."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import redis
import structlog
from channels.layers import get_channel_layer

from apps.kernel.ids import new_id
from apps.kernel.valkey import ANSWER_SECONDS

GROUP: Final = "mcp.sessions"
TYPE: Final = "mcp.session"
#: An answer or a cancellation is for whichever process waits for it.
DELIVER: Final = "deliver"
#: A session has ended.
ENDED: Final = "ended"
#: A session has subscribed to something else.
TUNED: Final = "tuned"
#: Seconds before it is listened again after Valkey was away.
BACK_OFF: Final = 1.0
#: Seconds in which a listener takes its leave; an absent Valkey is not waited for.
LEAVE: Final = 0.5

log = structlog.get_logger(__name__)

#: What this process was forked from, if it was.
_ORIGIN: Final = str(new_id())

Hear = Callable[[str, str, bytes], Awaitable[None]]


async def tell(word: str, session: str, body: bytes = b"") -> None:
    """Tell the other processes; one that is not reached keeps what it has."""
    said = {"type": TYPE, "from": _here(), "word": word, "session": session, "body": body}
    try:
        await get_channel_layer().group_send(GROUP, said)
    except (redis.RedisError, OSError) as error:
        log.warning("word about a session not sent", word=word, error=str(error))


def _here() -> str:
    """This process; what it tells, it need not hear."""
    return f"{_ORIGIN}.{os.getpid()}"


class Listener:
    """Listens once there is a session. Belongs to one event loop."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Listen, from when this returns on; where Valkey is away, as soon as it is back."""
        if self._task is not None:
            return
        await asyncio.wait({self._start()}, timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait({task}, timeout=LEAVE)

    def _start(self) -> "asyncio.Future[None]":
        """What is done once it listens."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._listen(heard))
        self._task.add_done_callback(self._ended)
        return heard

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that ended by a mistake is started again."""
        if not task.cancelled():
            log.error("words about sessions not heard", exc_info=task.exception())
            task.get_loop().call_later(BACK_OFF, self._again)

    def _again(self) -> None:
        if self._task is not None:
            self._start()

    async def _listen(self, heard: "asyncio.Future[None]") -> None:
        while True:
            try:
                await self._listen_once(heard)
            except (redis.RedisError, OSError) as error:
                log.warning("words about sessions not heard", error=str(error))
                if not heard.done():
                    heard.set_result(None)
                await asyncio.sleep(BACK_OFF)

    async def _listen_once(self, heard: "asyncio.Future[None]") -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        if not heard.done():
            heard.set_result(None)
        try:
            while True:
                said = await layer.receive(channel)
                if said["from"] != _here():
                    await self._hear(said["word"], said["session"], said["body"])
        finally:
            with suppress(redis.RedisError, OSError):
                await layer.group_discard(GROUP, channel)
