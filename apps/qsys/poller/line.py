"""What the poller can say of its connection to a Core, now and before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.kernel import clock
from apps.qsys.poller.slots import clean


@dataclass(slots=True)
class LineFigures:
    """One device's connection. `since` is when it was made, `rtt_ms` of the last round trip."""

    transport: str = ""
    address: str = ""
    side: str = ""
    since: datetime | None = None
    connections: int = 0
    rtt_ms: float | None = None
    groups: int = 0
    last_error: str = ""
    last_error_at: datetime | None = None

    def up(self, *, transport: str, address: str, side: str) -> None:
        """Connected."""
        self.transport, self.address, self.side = transport, address, side
        self.since = clock.now()
        self.connections += 1
        self.rtt_ms = None

    def answered(self, asked: float) -> None:
        """An answer came to what was asked at that moment of the monotonic clock."""
        self.rtt_ms = round((clock.monotonic() - asked) * 1000, 1)

    def failed(self, why: str) -> None:
        """The connection failed, or none was made."""
        self.last_error, self.last_error_at = clean(why)[:300], clock.now()

    def summary(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "transport": self.transport,
            "address": self.address,
            "side": self.side,
            "since": _spelled(self.since),
            "reconnects": max(0, self.connections - 1),
            "rtt_ms": self.rtt_ms,
            "groups": self.groups,
            "last_error": self.last_error,
            "last_error_at": _spelled(self.last_error_at),
        }


def _spelled(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
