"""When rollouts may begin with the devices of a place: its windows, and freezes over them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Self

from apps.fleet.models.rollout import MemberState, PauseCause, Phase, PhaseState, Rollout
from apps.fleet.models.window import MaintenanceWindow
from apps.fleet.rollouts.starting import Halt
from apps.kernel import clock
from apps.kernel.windows import Hours, parse


@dataclass(frozen=True, slots=True)
class Span:
    """One window or freeze as it is judged: weekly hours within dates, either of them optional.

    Where the clocks change, a window is read at its narrowest and a freeze at its widest.
    """

    path: str
    name: str
    freeze: bool
    hours: Hours
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""

    @classmethod
    def of(cls, row: MaintenanceWindow) -> Self:
        """From its row."""
        hours = Hours(tuple(map(parse, row.hours)), row.time_zone, outside=not row.freeze)
        return cls(row.path, row.name, row.freeze, hours, row.starts_at, row.ends_at, row.reason)

    def covers(self, path: str) -> bool:
        """Whether it is about a place."""
        return path.startswith(self.path)

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at an instant."""
        if self.starts_at is not None and now < self.starts_at:
            return False
        if self.ends_at is not None and now >= self.ends_at:
            return False
        if not self.hours.windows:
            return True
        return self.hours.hold(now) is self.freeze

    def next_at(self, now: datetime) -> datetime | None:
        """The first instant from `now` on at which a window is open; None: it never is again."""
        if self.holds(now):
            return now
        begin = max(now, self.starts_at or now)
        found = self.hours.free_at(begin) if self.hours.windows else begin
        if found is None or (self.ends_at is not None and found >= self.ends_at):
            return None
        return found


@dataclass(frozen=True, slots=True)
class Calendar:
    """All windows and freezes of a tenant, as they bind one rollout."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, rollout: Rollout) -> Self:
        """As it is now; one that somebody let ignore them is bound by none."""
        if rollout.ignores_windows:
            return cls()
        rows = MaintenanceWindow.system.filter(tenant_id=rollout.tenant_id)
        return cls(tuple(map(Span.of, rows)))

    def closed(self, path: str, now: datetime) -> str:
        """Why nothing may be begun at a place now, in one sentence; empty where it may.

        A freeze of the place, or of one around it, overrides every window. Of windows, those of
        the deepest place around it decide; where there are none, any time will do.
        """
        for span in self.spans:
            if span.freeze and span.covers(path) and span.holds(now):
                until = f" until {_said(span.ends_at)}" if span.ends_at else ""
                return f"Freeze {span.name} of {_place(span.path)}{until}: {span.reason}"
        own = self.windows_of(path)
        if not own or any(span.holds(now) for span in own):
            return ""
        times = [at for span in own if (at := span.next_at(now)) is not None]
        when = f"the next one opens at {_said(min(times))}" if times else "none is to come"
        return f"Outside of the windows of {_place(own[0].path)}; {when}."

    def at(self, now: datetime) -> Callable[[str], str]:
        """`closed` at one instant, each place judged once: a rollout may have many devices."""
        return cache(lambda path: self.closed(path, now))

    def windows_of(self, path: str) -> Sequence[Span]:
        """The windows that decide about a place."""
        found = [span for span in self.spans if not span.freeze and span.covers(path)]
        deepest = max((len(span.path) for span in found), default=0)
        return [span for span in found if len(span.path) == deepest]


def require_open(rollout: Rollout, phase: Phase) -> None:
    """Raises `Halt` while nothing of the phase that is still to come may be begun with."""
    found = why_closed(rollout, phase)
    if found:
        raise Halt(PauseCause.WINDOW_CLOSED, found)


def why_closed(rollout: Rollout, phase: Phase) -> str:
    """Why no device of the phase may be begun with now; empty where one may, or none is left."""
    if phase.state not in (PhaseState.PENDING, PhaseState.RUNNING):
        return ""
    calendar, now = Calendar.of(rollout), clock.now()
    if not calendar.spans:
        return ""
    return first_closed(calendar.closed(path, now) for path in places(phase))


def places(phase: Phase) -> list[str]:
    """Where its devices that are still to come stand."""
    rows = phase.members.filter(state=MemberState.QUEUED).order_by()
    return sorted(set(rows.values_list("device__site_path", flat=True)))


def first_closed(reasons: Iterable[str]) -> str:
    """The first reason where every place has one; empty where one has none."""
    found = list(reasons)
    return found[0] if found and all(found) else ""


def _place(path: str) -> str:
    return "the whole tenant" if path == "/" else path


def _said(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""
