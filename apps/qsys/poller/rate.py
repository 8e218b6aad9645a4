"""How often a device is really polled: the intervals between its answers."""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise, takewhile


@dataclass(frozen=True, slots=True)
class Figures:
    """Polls a second, and intervals in milliseconds."""

    hz: float
    p50: float
    p99: float
    most: float


class Rate:
    """The answers of one group over some seconds. `ns` stamps are of one wall clock."""

    def __init__(self, keep: int = 1_024) -> None:
        self._stamps: deque[int] = deque(maxlen=keep)
        self.polls = 0
        self.missed = 0

    def answered(self, received_ns: int) -> None:
        """One more answer."""
        self.polls += 1
        self._stamps.append(received_ns)

    def restart(self) -> None:
        """Forget the intervals: the time between two connections is none."""
        self._stamps.clear()

    def figures(self, seconds: float | None = None) -> Figures | None:
        """Over the last `seconds`, or all that is kept; None with fewer than two answers."""
        stamps = self._since(seconds)
        if len(stamps) < 2 or stamps[-1] <= stamps[0]:
            return None
        gaps = sorted((later - sooner) / 1e6 for sooner, later in pairwise(stamps))
        hz = len(gaps) * 1e9 / (stamps[-1] - stamps[0])
        return Figures(hz, _share(gaps, 0.5), _share(gaps, 0.99), gaps[-1])

    def _since(self, seconds: float | None) -> list[int]:
        if seconds is None or not self._stamps:
            return list(self._stamps)
        horizon = self._stamps[-1] - int(seconds * 1e9)
        newest = list(takewhile(lambda one: one >= horizon, reversed(self._stamps)))
        return newest[::-1]


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
