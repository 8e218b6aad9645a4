"""What polling and storing count."""

from bisect import bisect_left
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

#: Seconds; a poll at 33 Hz should answer within one period.
EDGES: Final = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0)

DRIVER: Final = "qsys"


class Tally:
    """Observations of a histogram, counted here and handed on in `flush`, once a second.

    One `observe` writes to shared memory three times; thousands a second would cost more than
    reading the polls. Of one thread.
    """

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._counts = [0] * (len(EDGES) + 1)
        self._total = 0.0

    def note(self, seconds: float) -> None:
        """One observation."""
        self._counts[bisect_left(EDGES, seconds)] += 1
        self._total += seconds

    def flush(self) -> None:
        """Let the histogram count as if it had observed each."""
        if not any(self._counts):
            return
        # prometheus_client has no way to add many at once; these are its parts since its first
        # version, and a test compares both ways.
        self._histogram._sum.inc(self._total)
        for bucket, count in zip(self._histogram._buckets, self._counts, strict=True):
            if count:
                bucket.inc(count)
        self._counts, self._total = [0] * len(self._counts), 0.0


_LAG = Histogram("poll_lag_seconds", "How late polls start.", ["driver"], buckets=EDGES)
_RTT = Histogram("poll_rtt_seconds", "Time from a poll to its answer.", ["driver"], buckets=EDGES)
_MISSED = Counter("poll_missed_total", "Ticks without a poll: the one before ran.", ["driver"])
_GARBAGE = Counter("poll_garbage_total", "Frames of devices that cannot be read.", ["driver"])
DROPPED = Counter("poll_dropped_total", "What was seen and not stored.", ["driver", "kind"])

LAG = Tally(_LAG.labels(DRIVER))
RTT = Tally(_RTT.labels(DRIVER))
MISSED = _MISSED.labels(DRIVER)
GARBAGE = _GARBAGE.labels(DRIVER)
CONNECTIONS = Gauge(
    "qsys_active_connections", "Open connections of pollers to Cores.", multiprocess_mode="livesum"
)
UNREACHABLE = Gauge(
    "qsys_unreachable_cores", "Cores that ten tries did not reach.", multiprocess_mode="livesum"
)
CONNECTION_ERRORS = Counter(
    "qsys_connection_errors_total", "Connections to Cores that failed or were lost.", ["reason"]
)
RECONNECTS = Counter("qsys_reconnects_total", "Connections to Cores made again.")
EVENTS = Counter("qsys_events_recorded_total", "Rows stored.", ["kind"])
STORE_SECONDS = Histogram("qsys_store_seconds", "Time to store one batch.", buckets=(*EDGES, 10.0))


def dropped(kind: str, count: int) -> None:
    """Count what was seen and will not be stored."""
    DROPPED.labels(DRIVER, kind).inc(count)
