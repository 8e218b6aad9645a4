"""A plain subscription speaks in turn: paused, pinged, and never over a reader that is slow."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from apps.mcp.streams import plain
from apps.mcp.streams.later import LOT, Later
from apps.mcp.streams.plain import Stream
from apps.mcp.streams.wanted import wanted_of
from apps.mcp.visit import visit_of
from tests.support.asgi import scope_of
from tests.unit.mcp.streaming import until_here

Message = MutableMapping[str, Any]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PAUSE", 0.05)


class Reader:
    """Takes what is sent while it is `open`, and keeps it."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.taken: list[bytes] = []

    async def take(self, message: Message) -> None:
        await self.open.wait()
        self.taken.append(message.get("body", b""))

    @property
    def told(self) -> list[str]:
        """Which addresses each word told of, the first word aside."""
        words = [one for one in self.taken if b"resources/updated" in one]
        return ["".join(uri for uri in "ab" if f'"{uri}"'.encode() in one) for one in words]


def run(story: Callable[[Stream, Reader], Awaitable[None]]) -> None:
    async def told() -> None:
        reader = Reader()
        visit = visit_of(scope_of("/mcp", method="POST", headers={}), reader.take)
        stream = Stream(visit, wanted_of(1, {"resourceSubscriptions": ["a", "b"]}))
        await story(stream, reader)
        stream.rest()

    asyncio.run(told())


def test_what_comes_within_a_pause_is_one_word() -> None:
    async def story(stream: Stream, reader: Reader) -> None:
        await stream.begin()
        stream.hear("a")
        await until_here(lambda: reader.told == ["a"])
        for uri in "bab":
            stream.hear(uri)
        await until_here(lambda: len(reader.told) == 2)
        assert reader.told == ["a", "ab"]

    run(story)


def test_what_was_heard_before_the_first_word_follows_it() -> None:
    async def story(stream: Stream, reader: Reader) -> None:
        stream.hear("a")
        await stream.begin()
        await until_here(lambda: reader.told == ["a"])
        assert b"acknowledged" in reader.taken[1]

    run(story)


def test_a_slow_reader_gets_one_word_at_a_time_and_misses_nothing() -> None:
    async def story(stream: Stream, reader: Reader) -> None:
        await stream.begin()
        reader.open.clear()
        stream.hear("a")
        await until_here(lambda: not stream.has_news)
        stream.hear("b")
        assert reader.told == []
        reader.open.set()
        await until_here(lambda: reader.told == ["a", "b"])

    run(story)


def test_silence_is_broken_by_a_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PING", 0.01)

    async def story(stream: Stream, reader: Reader) -> None:
        await stream.begin()
        await until_here(lambda: reader.taken.count(b": ping\r\n\r\n") >= 2)

    run(story)


def test_a_reader_that_is_gone_is_no_mistake() -> None:
    async def story(stream: Stream, reader: Reader) -> None:
        async def gone(message: Message) -> None:
            reader.taken.append(b"")
            raise RuntimeError("the transport is closed")

        await stream.begin()
        stream.visit.reply = gone
        stream.hear("a")
        await until_here(lambda: reader.taken[-1] == b"")

    run(story)


def test_a_crowd_comes_due_in_lots_and_in_order() -> None:
    async def story() -> None:
        handed: list[int] = []
        between: list[int] = []
        later = Later(0.0, handed.append)
        for thing in range(LOT + 10):
            later.put(thing)
        later.drop(3)
        assert 3 not in later
        while len(handed) < LOT + 9:
            await asyncio.sleep(0)
            between.append(len(handed))
        assert LOT in between
        assert handed == [thing for thing in range(LOT + 10) if thing != 3]

    asyncio.run(story())
