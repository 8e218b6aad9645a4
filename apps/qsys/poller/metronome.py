"""One timer for all the polls of a shard: what is due together is done together."""

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable
from typing import Final

from apps.kernel import clock

#: What is due within so many seconds is done now: the loop's timers count milliseconds.
AHEAD: Final = 0.0005
#: Groups of one rate begin at one of so many moments of their period. So polls come in small
#: batches, which cost less than the same polls one by one, and still not all at once.
PHASES: Final = 8


class Metronome:
    """Calls what is due on the monotonic clock. Of one event loop, which it needs when used.

    What it calls must be quick and must not raise.
    """

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._at = math.inf

    def at(self, when: float, work: Callable[[], None]) -> None:
        """Call `work` at `when`, or as soon as possible when that is past."""
        heapq.heappush(self._due, (when, next(self._count), work))
        if when < self._at:
            self._arm(when)

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = when
        wait = max(0.0, when - clock.monotonic())
        self._timer = asyncio.get_running_loop().call_later(wait, self._strike)

    def _strike(self) -> None:
        horizon = clock.monotonic() + AHEAD
        # Until the end of this nothing that is put in needs a timer of its own.
        self._at = -math.inf
        while self._due and self._due[0][0] <= horizon:
            heapq.heappop(self._due)[2]()
        self._at, self._timer = math.inf, None
        if self._due:
            self._arm(self._due[0][0])


def on_raster(moment: float, period: float) -> float:
    """The next of the moments at which a group of that period may begin."""
    step = period / PHASES
    return math.ceil(moment / step) * step
