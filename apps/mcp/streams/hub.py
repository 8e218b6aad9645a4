"""One listener of the fan-out per event loop, for all streams: each hears of its own addresses."""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from apps.events.fanout import fanout
from apps.events.items import Item
from apps.kernel.errors import Code, Failure
from apps.mcp.streams.uris import touched
from apps.mcp.streams.wanted import LISTS
from apps.mcp.visit import Visit

#: Streams of one process that wait for something.
MOST: Final = 20_000


class Hearer(Protocol):
    """Who is told that something is new, on the loop it was added on. Nothing here may wait."""

    uris: frozenset[str]
    visit: Visit

    def hear(self, uri: str) -> None:
        """Something is new behind `uri`; it may be the notice of a list that changed, too."""

    def close(self) -> None:
        """This process stops: say farewell and end."""


class Ear:
    """What one stream waits for, and which of it has happened since it last looked.

    Addresses, not events: what is new behind one is read from there, so a thousand events are
    one notice, and a reader that is slow misses nothing.
    """

    __slots__ = ("_heard", "_woken", "closing", "uris", "visit")

    def __init__(self, visit: Visit, uris: Iterable[str]) -> None:
        self.visit = visit
        self.uris = frozenset(uris)
        self.closing = False
        self._heard: dict[str, None] = {}
        self._woken = asyncio.Event()

    def hear(self, uri: str) -> None:
        """Something is new behind `uri`."""
        self._heard[uri] = None
        self._woken.set()

    def close(self) -> None:
        """This process stops: say farewell and end."""
        self.closing = True
        self._woken.set()

    async def listen(self, seconds: float | None = None) -> list[str]:
        """The addresses heard of; none after so many seconds, or when it is to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        heard, self._heard = list(self._heard), {}
        if not self.closing:
            self._woken.clear()
        return heard


class Hub:
    """Hands what happens to the ears that wait for it. Belongs to one event loop."""

    def __init__(self) -> None:
        self._ears: set[Hearer] = set()
        self._by_uri: dict[str, set[Hearer]] = {}
        self._closing = False

    @contextmanager
    def ear(self, visit: Visit, uris: Iterable[str]) -> Iterator[Ear]:
        """An ear for as long as the block; raises `busy` when there are too many."""
        made = Ear(visit, uris)
        self.add(made)
        try:
            yield made
        finally:
            self.remove(made)

    def add(self, ear: Hearer) -> None:
        """Hand over what happens from here on; raises `busy` when there are too many."""
        if len(self._ears) >= MOST or self._closing:
            raise Failure(Code.BUSY, "This process has no more streams to give.", retry_after=5)
        self._ears.add(ear)
        self._attach(ear)

    def remove(self, ear: Hearer) -> None:
        """Hand over nothing more; nothing happens where nothing was."""
        if ear not in self._ears:
            return
        self._ears.discard(ear)
        self._detach(ear)
        if not self._ears:
            fanout().leave(self)

    @property
    def ears(self) -> frozenset[Hearer]:
        """Who waits now."""
        return frozenset(self._ears)

    def tune(self, ear: Ear, uris: Iterable[str]) -> None:
        """Have an ear wait for other addresses from here on."""
        self._detach(ear)
        ear.uris = frozenset(uris)
        self._attach(ear)

    async def begin(self) -> None:
        """Return once everything that is committed from here on will be heard."""
        await fanout().join(self)

    def offer(self, item: Item) -> None:
        """Hand an event or frame to whoever waits for what it touches and may see it.

        Streams of one credential share its actor, so ten thousand of them are one question.
        """
        seen: dict[int, bool] = {}
        for uri in touched(item):
            for ear in self._by_uri.get(uri, ()):
                actor = ear.visit.actor
                visible = seen.get(id(actor))
                if visible is None:
                    visible = seen[id(actor)] = item.visible_to(actor)
                if visible:
                    ear.hear(uri)

    def rights_changed(self, visits: Collection[Visit]) -> None:
        """Tell the ears of these requests that wait for it: other rights are other lists."""
        changed = set(map(id, visits))
        for notice in LISTS.values():
            for ear in self._by_uri.get(notice, ()):
                if id(ear.visit) in changed:
                    ear.hear(notice)

    def close(self) -> None:
        """Tell every ear to end; no more are given."""
        self._closing = True
        for ear in self._ears:
            ear.close()

    def _attach(self, ear: Hearer) -> None:
        for uri in ear.uris:
            self._by_uri.setdefault(uri, set()).add(ear)

    def _detach(self, ear: Hearer) -> None:
        for uri in ear.uris:
            others = self._by_uri[uri]
            others.discard(ear)
            if not others:
                del self._by_uri[uri]


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def close_here() -> None:
    """End every stream of the running loop, so that a shutdown need not wait for them."""
    found = _hubs.get(asyncio.get_running_loop())
    if found is not None:
        found.close()
