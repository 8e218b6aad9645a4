"""What one Core's poller can say of it at any moment: for lists, for streams, for health."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from apps.fleet.services import Reading
from apps.kernel import clock
from apps.qsys.client import EngineStatus
from apps.qsys.poller.line import LineFigures
from apps.qsys.poller.plan import GroupPlan, Plan
from apps.qsys.poller.rate import Figures, Rate
from apps.qsys.poller.slots import clean


class Outlook:
    """State of one device's polling; read by the shard's ticks on the same loop."""

    def __init__(self, device_id: UUID) -> None:
        self.device_id = device_id
        self.status: EngineStatus | None = None
        self.connections = 0
        self.missed = 0
        self.dropped = 0
        """Samples and changes that were seen and not stored."""
        self.thinned = 0
        """Samples among them of which the figures a second were stored."""
        self.reason = ""
        self.tries = 0
        """Tries that failed, once they are so many that the Core counts as unreachable."""
        self.lasted = 0.0
        """Seconds that the last connection stood."""
        self.fastest: Rate | None = None
        self.connected = False
        self.line = LineFigures()
        self._rates: dict[str, Rate] = {}
        self._plan: Plan | None = None
        self._seen_ns = 0
        self._told_ns = 0
        self._up_at = 0.0
        self._away_since: float | None = clock.monotonic()

    def up(self, status: EngineStatus, plan: Plan) -> None:
        """Connected, and about to poll."""
        self.status, self._plan = status, plan
        self.connections += 1
        self.connected = True
        self._rates = {}
        self.fastest = None
        self._up_at = clock.monotonic()
        self.heard()

    def down(self) -> None:
        """Not connected any more."""
        if self.connected or self._away_since is None:
            self._away_since = clock.monotonic()
        if self.connected:
            self.lasted = clock.monotonic() - self._up_at
        self.connected = False

    def heard(self, at_ns: int | None = None) -> None:
        """The Core answered: just now, or at that time (ns since 1970)."""
        self._seen_ns = int(clock.now().timestamp() * 1e9) if at_ns is None else at_ns
        self._away_since = None
        self.reason, self.tries = "", 0

    def rate_of(self, plan: GroupPlan) -> Rate:
        """The rate of one group; the fastest group's is the device's."""
        rate = self._rates[plan.id] = Rate()
        rates = [one.rate_hz for one in self._plan.groups] if self._plan else []
        if self.fastest is None and plan.rate_hz >= max(rates, default=0):
            self.fastest = rate
        return rate

    def stood_for(self, seconds: float) -> bool:
        """Whether the connection stands, and has for so long."""
        return self.connected and clock.monotonic() - self._up_at >= seconds

    def why_away(self) -> str:
        """What people are told of a Core that is lost."""
        reason = self.reason or "It does not answer."
        if not self.tries:
            return reason
        return f"Unreachable: {self.tries} tries failed, it is tried twice a minute. {reason}"

    @property
    def answered_at(self) -> datetime | None:
        """When the Core answered last; None while there is no connection to it."""
        return self._seen_at() if self.connected else None

    def away_for(self) -> float | None:
        """Seconds since the connection was lost; None while it stands."""
        return None if self._away_since is None else clock.monotonic() - self._away_since

    def reading(self) -> Reading | None:
        """What is new for the device's state; None when nothing was heard since the last one."""
        if self._seen_ns == self._told_ns:
            return None
        self._told_ns = self._seen_ns
        figures = self.fastest.figures(5) if self.fastest else None
        hz = round(figures.hz, 2) if figures else None
        return Reading(self.device_id, self._seen_at(), self._summary(figures), hz)

    def _seen_at(self) -> datetime:
        return datetime.fromtimestamp(self._seen_ns // 1000 / 1e6, UTC)

    def _summary(self, figures: Figures | None) -> dict[str, Any]:
        """What lists show of a Core."""
        status = self.status or EngineStatus()
        return {
            "platform": clean(status.platform)[:60],
            "state": clean(status.state)[:20],
            "design": clean(status.design_name)[:200],
            "design_code": clean(status.design_code)[:40],
            "redundant": status.is_redundant,
            "status_code": status.status.code,
            "status": clean(status.status.string)[:300],
            "watched": self._plan.size if self._plan else 0,
            "left_out": self._plan.left_out if self._plan else 0,
            "missed": self.missed,
            "dropped": self.dropped,
            "thinned": self.thinned,
            "p50_ms": round(figures.p50, 1) if figures else None,
            "p99_ms": round(figures.p99, 1) if figures else None,
            "link": self.line.summary(),
        }
