"""An absolute grid of ticks: no drift, no burst after a delay, what was missed is counted."""


class Grid:
    """Ticks at `phase`, `phase` + `period`, ... on a monotonic clock, in seconds."""

    def __init__(self, period: float, phase: float) -> None:
        self.period = period
        self.next = phase
        self.missed = 0

    def wait(self, now: float) -> float:
        """Seconds until the next tick; 0 when it is due or late."""
        return max(0.0, self.next - now)

    def passed(self, now: float) -> int:
        """The tick's work is over at `now`: aim at the next one.

        A next tick that is late by less than a period is still taken, at once; whole periods
        that have gone by are skipped and counted. Returns how many were.
        """
        self.next += self.period
        late = now - self.next
        skipped = int(late // self.period) if late >= self.period else 0
        self.next += skipped * self.period
        self.missed += skipped
        return skipped
