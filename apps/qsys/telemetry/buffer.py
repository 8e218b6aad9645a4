"""The bounded buffer between the poller's loop and the writer: telemetry gives way to events."""

import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

import structlog

from apps.qsys.telemetry import metrics
from apps.qsys.telemetry.records import Change, LastValue, LostChanges
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
    """What one transaction stores. `seconds` are those whose samples were given up.

    `lost` are changes that were given up, to be told.
    """

    changes: list[Change] = field(default_factory=list)
    samples: list[Samples] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    values: list[LastValue] = field(default_factory=list)
    lost: list[LostChanges] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes or self.samples or self.seconds or self.values or self.lost)


class Buffer:
    """Filled on the loop, emptied by the writer's thread.

    Over its limit, raw samples go first and leave their figures a second behind, then those
    figures; discrete changes go last, and are told. Every loss is counted by kind and device.
    """

    def __init__(self, limits: Limits | None = None, *, wake_rows: int = 10_000) -> None:
        self.limits = limits or Limits()
        self.wanted = threading.Event()
        """Set when enough waits that the writer should not."""
        self.dropped: dict[str, int] = {"change": 0, "sample": 0, "second": 0}
        self.dropped_of: Counter[UUID] = Counter()
        """Samples and changes that were given up, by device."""
        self.thinned_of: Counter[UUID] = Counter()
        """Those of them of which the figures a second were kept."""
        self._lock = threading.Lock()
        self._wake_rows = wake_rows
        self._changes: deque[Change] = deque()
        self._samples: deque[Samples] = deque()
        self._sample_count = 0
        self._seconds: deque[Second] = deque()
        self._values: dict[int, LastValue] = {}
        self._lost: dict[UUID, LostChanges] = {}

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
                lost=list(self._lost.values()),
            )
            self._values.clear()
            self._lost.clear()
            return batch

    @property
    def changes(self) -> int:
        """Changes that wait."""
        return len(self._changes)

    def is_half_full(self) -> bool:
        """Whether so many changes wait that some should be kept elsewhere."""
        return len(self._changes) > self.limits.changes // 2

    def take_changes(self) -> list[Change]:
        """Only changes, up to one transaction's worth, oldest first."""
        with self._lock:
            return _popped(self._changes, BATCH_CHANGES)

    def put_back(self, changes: Sequence[Change]) -> None:
        """Changes that were taken and found no place; they are the oldest still."""
        with self._lock:
            self._changes.extendleft(reversed(changes))

    def give_up(self, batch: Batch) -> int:
        """Count what was taken and will not be stored; how many rows that are.

        Changes are told with the next batch.
        """
        values = len(batch.values)
        with self._lock:
            self._lose_changes(batch.changes)
            self._lose_samples(batch.samples)
            self._lose("second", len(batch.seconds))
            metrics.dropped("value", values)
        rows = len(batch.changes) + sum(map(len, batch.samples)) + len(batch.seconds)
        return rows + values

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
        self._lose_samples([oldest])
        self.thinned_of[oldest.device_id] += len(oldest)
        self._seconds.extend(rolled_up(oldest))
        while len(self._seconds) > self.limits.seconds:
            self._seconds.popleft()
            self._lose("second", 1)

    def _make_room(self) -> None:
        """Changes are over their limit: telemetry yields all its memory before one is lost."""
        while self._samples:
            self._thin()
        excess = len(self._changes) - self.limits.changes - self._room_of_telemetry()
        if excess > 0:
            self._lose_changes([self._changes.popleft() for _ in range(excess)])
            log.error("discrete changes lost, the store does not keep up", count=excess)

    def _lose_changes(self, changes: list[Change]) -> None:
        for one in changes:
            device_id = one.place.device_id
            lost = self._lost.setdefault(device_id, LostChanges(one.place, 0, one.at_us, one.at_us))
            lost.add(one)
            self.dropped_of[device_id] += 1
        self._lose("change", len(changes))

    def _lose_samples(self, samples: list[Samples]) -> None:
        for one in samples:
            self.dropped_of[one.device_id] += len(one)
        self._lose("sample", sum(map(len, samples)))

    def _room_of_telemetry(self) -> int:
        # A change takes about as much memory as twenty samples.
        return self.limits.samples // 20

    def _lose(self, kind: str, count: int) -> None:
        self.dropped[kind] += count
        metrics.dropped(kind, count)


def _popped(queue: deque[T], most: int) -> list[T]:
    return [queue.popleft() for _ in range(min(most, len(queue)))]
