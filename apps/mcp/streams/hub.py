"""One listener of the fan-out per event loop, for all streams: each hears of its own addresses."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final
from weakref import WeakKeyDictionary

from apps.events.fanout import fanout
from apps.events.items import Item
from apps.kernel.errors import Code, Failure
from apps.mcp.streams.uris import touched
from apps.mcp.visit import Visit

#: What is heard when the caller's own rights have changed; no address.
RIGHTS: Final = ""
#: Streams of one process that wait for something.
MOST: Final = 20_000


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
        self._ears: set[Ear] = set()
        self._by_uri: dict[str, set[Ear]] = {}
        self._closing = False

    @contextmanager
    def ear(self, visit: Visit, uris: Iterable[str]) -> Iterator[Ear]:
        """An ear for as long as the block; raises `busy` when there are too many."""
        if len(self._ears) >= MOST or self._closing:
            raise Failure(Code.BUSY, "This process has no more streams to give.", retry_after=5)
        made = Ear(visit, uris)
        self._ears.add(made)
        self._attach(made)
        try:
            yield made
        finally:
            self._forget(made)

    @property
    def ears(self) -> frozenset[Ear]:
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
        """Hand an event or frame to whoever waits for what it touches and may see it."""
        for uri in touched(item):
            for ear in self._by_uri.get(uri, ()):
                if item.visible_to(ear.visit.actor):
                    ear.hear(uri)

    def rights_changed(self, visit: Visit) -> None:
        """Wake the ears of a request whose caller has other rights now."""
        for ear in self._ears:
            if ear.visit is visit:
                ear.hear(RIGHTS)

    def close(self) -> None:
        """Tell every ear to end; no more are given."""
        self._closing = True
        for ear in self._ears:
            ear.close()

    def _attach(self, ear: Ear) -> None:
        for uri in ear.uris:
            self._by_uri.setdefault(uri, set()).add(ear)

    def _detach(self, ear: Ear) -> None:
        for uri in ear.uris:
            others = self._by_uri[uri]
            others.discard(ear)
            if not others:
                del self._by_uri[uri]

    def _forget(self, ear: Ear) -> None:
        self._ears.discard(ear)
        self._detach(ear)
        if not self._ears:
            fanout().leave(self)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def close_here() -> None:
    """End every stream of the running loop, so that a shutdown need not wait for them."""
    found = _hubs.get(asyncio.get_running_loop())
    if found is not None:
        found.close()
