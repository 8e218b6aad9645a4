"""The times of the poller, as parameters."""

from dataclasses import dataclass, field

from apps.qsys.telemetry import WriterTimes


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. Tests shorten them; the defaults are for real Cores.

    `answer` is how long a poll may take before the connection counts as dead: a Core that hangs
    is noticed after it. `heartbeat` is between two questions for the engine status. `lost` is
    how long a Core may be away before it is told to be lost, so that a design reload is not.
    After `tries` that failed it is unreachable and tried every `unreachable` seconds.
    `push` is the shortest period that is left to the Core's own timer (AutoPoll): below 0.1 s no
    real Core is known to keep it.
    `pair` is how long something may be wrong with a redundant pair before it is told: an
    automatic fail-over takes about 10 s and is told as one switch.
    """

    connect: float = 5.0
    answer: float = 3.0
    topology: float = 20.0
    heartbeat: float = 5.0
    lost: float = 5.0
    push: float = 0.1
    pair: float = 12.0
    backoff_first: float = 1.0
    backoff_most: float = 30.0
    tries: int = 10
    unreachable: float = 30.0
    devices: float = 3.0
    state: float = 1.0
    frame: float = 0.1
    values: float = 1.0
    writer: WriterTimes = field(default_factory=WriterTimes)
