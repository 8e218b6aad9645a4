"""The queue between the fan-out and one reader: bounded, so that a slow reader hurts nobody."""

import asyncio
from collections import deque
from typing import Final

from apps.events.envelope import Position
from apps.events.items import Item
from apps.kernel.actor import Actor
from apps.live.wanted import Wanted
from apps.live.words import word

QUEUE_LENGTH: Final = 200
BATCH: Final = 50


class Stream:
    """What one reader has still to be sent.

    `offer` never waits: a full queue drops its oldest item, counts it, and the next `take`
    begins with a `gap`. Used on one event loop only.
    """

    def __init__(self, actor: Actor, wanted: Wanted, *, length: int = QUEUE_LENGTH) -> None:
        self.actor = actor
        self.wanted = wanted
        self.passed: Position | None = None
        self._length = length
        self._queue: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._events_lost = 0
        self._frames_lost = 0

    def begin(self, position: Position) -> None:
        """Nothing up to `position` is wanted from the fan-out: the reader has it, or was told."""
        self.passed = position
        kept = [item for item in self._queue if self._is_new(item)]
        self._queue = deque(kept)

    def offer(self, item: Item) -> None:
        """Queue an item if the reader wants it, may see it and has not had it already."""
        if item not in self.wanted or not item.visible_to(self.actor):
            return
        if self._is_new(item):
            self.put(item)

    def put(self, item: Item) -> None:
        """Queue an item unasked."""
        if len(self._queue) >= self._length:
            self._lose(self._queue.popleft())
        self._queue.append(item)
        self._filled.set()

    async def take(self, timeout: float) -> list[Item]:
        """The next items, oldest first, after at most `timeout` seconds; empty when none came."""
        try:
            async with asyncio.timeout(timeout):
                await self._filled.wait()
        except TimeoutError:
            return []
        batch = [self._gap()] if self._events_lost or self._frames_lost else []
        while self._queue and len(batch) < BATCH:
            batch.append(self._queue.popleft())
        if not self._queue:
            self._filled.clear()
        self._note(batch)
        return batch

    def _is_new(self, item: Item) -> bool:
        if self.passed is None or item.position is None:
            return True
        return is_after(item.position, self.passed)

    def _lose(self, item: Item) -> None:
        if item.is_frame:
            self._frames_lost += 1
        else:
            self._events_lost += 1

    def _gap(self) -> Item:
        events, frames = self._events_lost, self._frames_lost
        self._events_lost = self._frames_lost = 0
        return word(
            "gap",
            missed=events,
            frames=frames,
            after=str(self.passed) if self.passed else None,
            detail=f"You missed {events} events; reload, or resume after the position given.",
        )

    def _note(self, batch: list[Item]) -> None:
        for item in batch:
            if item.position is not None:
                self.passed = item.position


def is_after(one: Position, other: Position) -> bool:
    """Whether `one` comes later in the stream than `other`."""
    return (one.tx, one.id) > (other.tx, other.id)
