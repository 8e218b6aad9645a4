"""When calls are due: by a schedule that does not wait for the answers (an open model)."""

import itertools
import time

from gevent.event import Event

#: Set when every client is there; the schedules begin then.
everybody = Event()


class Arrivals:
    """Moments of the monotonic clock, `rate` a second. The first comes `offset` seconds late.

    Whoever is free takes the next one. Where all are busy it waits, and its waiting counts.
    """

    def __init__(self, rate: float, offset: float = 0.0) -> None:
        self._period, self._offset = 1 / rate, offset
        self._numbers = itertools.count()
        self._start: float | None = None

    def next(self) -> float:
        """When the next call is due."""
        if self._start is None:
            self._start = time.monotonic() + self._offset
        return self._start + next(self._numbers) * self._period
