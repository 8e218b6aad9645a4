"""Things that come due some seconds after they were put in: one timer for all of them."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from apps.kernel import clock

T = TypeVar("T")

#: Things handed out in one go; what else the loop has to do comes between two lots.
LOT: Final = 250


class Later(Generic[T]):
    """Hands each thing to `due` once, `seconds` after it was last put in. Belongs to one loop.

    All wait equally long, so the first that was put in is the first that comes due.
    """

    def __init__(self, seconds: float, due: Callable[[T], object]) -> None:
        self._seconds = seconds
        self._hand = due
        self._waiting: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, thing: T) -> bool:
        return thing in self._waiting

    def put(self, thing: T) -> None:
        """Have `thing` wait from now on."""
        self._waiting.pop(thing, None)
        self._waiting[thing] = clock.monotonic() + self._seconds
        self._set()

    def drop(self, thing: T) -> None:
        """Forget `thing`, whether it waits or not."""
        self._waiting.pop(thing, None)

    def _set(self) -> None:
        if self._timer is None and self._waiting:
            pause = next(iter(self._waiting.values())) - clock.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(pause, 0.0), self._ring)

    def _ring(self) -> None:
        self._timer = None
        for thing in self._come_due():
            del self._waiting[thing]
            self._hand(thing)
        self._set()

    def _come_due(self) -> list[T]:
        now = clock.monotonic()
        found: list[T] = []
        for thing, due in self._waiting.items():
            if due > now or len(found) == LOT:
                break
            found.append(thing)
        return found
