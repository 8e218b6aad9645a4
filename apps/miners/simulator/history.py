"""What a simulated miner was told, in order: the evidence tests check afterwards."""

from __future__ import annotations

from collections import deque

from apps.kernel.clock import Clock

# A soak of days must not grow the process.
_KEPT = 10_000


class History:
    """Commands and images received, each with its time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[dict[str, object]] = deque(maxlen=_KEPT)

    def record(self, what: str, **details: object) -> None:
        """Adds one entry, stamped with both clocks (RFC 3339 and monotonic seconds)."""
        at = self._clock.now().isoformat()
        self._entries.append({"at": at, "t": self._clock.monotonic(), "what": what, **details})

    def forget(self) -> None:
        """Drops every entry."""
        self._entries.clear()

    def entries(self, what: str | None = None) -> list[dict[str, object]]:
        """All entries, or those of one kind, oldest first."""
        return [entry for entry in self._entries if what in (None, entry["what"])]
