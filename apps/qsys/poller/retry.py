"""When a Core that is away is tried again: soon, then less and less, then steadily."""

import random
from collections.abc import Iterator

from apps.qsys.client import delays
from apps.qsys.poller.times import Times


class Retry:
    """The tries of one Core since it last stayed; `rng` keeps many Cores from coming at once.

    After `times.tries` that failed it is unreachable: from then on it is tried every
    `times.unreachable` seconds.
    """

    def __init__(self, times: Times, rng: random.Random) -> None:
        self.failed = 0
        """Tries in a row that failed."""
        self._times = times
        self._rng = rng
        self._delays = self._fresh()

    @property
    def unreachable(self) -> bool:
        """Whether enough tries have failed."""
        return self.failed >= self._times.tries

    def pause(self) -> float:
        """Seconds until the next try."""
        if self.unreachable:
            return self._rng.uniform(0.9, 1.0) * self._times.unreachable
        return next(self._delays)

    def succeeded(self) -> None:
        """The Core was there, and stayed."""
        self.failed = 0
        self._delays = self._fresh()

    def _fresh(self) -> Iterator[float]:
        return delays(self._times.backoff_first, self._times.backoff_most, rng=self._rng)
