"""The bounded buffer between the poller's loop and the writer: telemetry gives way to events."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from apps.qsys.telemetry import metrics
from apps.qsys.telemetry.records import Change, LastValue
from apps.qsys.telemetry.rollup import Second, rolled_up
from apps.qsys.telemetry.samples import Samples

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait, each in its own unit; together some 200 MB at the worst."""

    changes: int = 200_000
    samples: int = 2_000_000
    seconds: int = 300_000


#: As much as one transaction carries.
BATCH_CHANGES: Final = 20_000
BATCH_SAMPLES: Final = 500_000


@dataclass(slots=True)
class Batch:
    """What one transaction stores. `seconds` are those whose samples were given up."""

    changes: list[Change] = field(default_factory=list)
    samples: list[Samples] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    values: list[LastValue] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes or self.samples or self.seconds or self.values)


class Buffer:
    """Filled on the loop, emptied by the writer's thread.

    Over its limit, raw samples go first and leave their figures a second behind, then those
    figures; discrete changes go last, loudly. Every loss is counted by kind.
    """

    def __init__(self, limits: Limits | None = None, *, wake_rows: int = 10_000) -> None:
        self.limits = limits or Limits()
        self.wanted = threading.Event()
        """Set when enough waits that the writer should not."""
        self.dropped: dict[str, int] = {"change": 0, "sample": 0, "second": 0}
        self._lock = threading.Lock()
        self._wake_rows = wake_rows
        self._changes: deque[Change] = deque()
        self._samples: deque[Samples] = deque()
        self._sample_count = 0
        self._seconds: deque[Second] = deque()
        self._values: dict[int, LastValue] = {}

    def __len__(self) -> int:
        """Rows that wait: changes, samples and figures."""
        return len(self._changes) + self._sample_count + len(self._seconds)

    def put_changes(self, changes: Iterable[Change]) -> None:
        """Take discrete changes."""
        with self._lock:
            self._changes.extend(changes)
            if len(self._changes) > self.limits.changes:
                self._make_room()
            if len(self._changes) >= self._wake_rows:
                self.wanted.set()

    def put_samples(self, samples: Samples) -> None:
        """Take one device's second."""
        with self._lock:
            self._samples.append(samples)
            self._sample_count += len(samples)
            while self._sample_count > self.limits.samples:
                self._thin()

    def put_values(self, values: Iterable[LastValue]) -> None:
        """Take last values; of one control only the newest waits."""
        with self._lock:
            self._values.update((one.control_id, one) for one in values)

    def take(self) -> Batch:
        """Up to one transaction's worth, oldest first."""
        with self._lock:
            self.wanted.clear()
            batch = Batch(
                changes=_popped(self._changes, BATCH_CHANGES),
                samples=self._take_samples(),
                seconds=_popped(self._seconds, BATCH_CHANGES),
                values=list(self._values.values()),
            )
            self._values.clear()
            return batch

    def _take_samples(self) -> list[Samples]:
        taken: list[Samples] = []
        count = 0
        while self._samples and count < BATCH_SAMPLES:
            taken.append(self._samples.popleft())
            count += len(taken[-1])
        self._sample_count -= count
        return taken

    def _thin(self) -> None:
        """Give up the oldest second's samples and keep its figures."""
        oldest = self._samples.popleft()
        self._sample_count -= len(oldest)
        self._lose("sample", len(oldest))
        self._seconds.extend(rolled_up(oldest))
        while len(self._seconds) > self.limits.seconds:
            self._seconds.popleft()
            self._lose("second", 1)

    def _make_room(self) -> None:
        """Changes are over their limit: telemetry yields all its memory before one is lost."""
        while self._samples:
            self._thin()
        excess = len(self._changes) - self.limits.changes - self._room_of_telemetry()
        for _ in range(excess):
            self._changes.popleft()
        if excess > 0:
            self._lose("change", excess)
            log.error("discrete changes lost, the store does not keep up", count=excess)

    def _room_of_telemetry(self) -> int:
        # A change takes about as much memory as twenty samples.
        return self.limits.samples // 20

    def _lose(self, kind: str, count: int) -> None:
        self.dropped[kind] += count
        metrics.dropped(kind, count)


def _popped(queue: deque[T], most: int) -> list[T]:
    return [queue.popleft() for _ in range(min(most, len(queue)))]
