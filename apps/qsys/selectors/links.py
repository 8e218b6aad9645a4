"""Reads of how Cores are connected: the poller's line, the ends of a pair, the verdict on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apps.fleet.models import Device, DeviceState, Liveness
from apps.qsys.links import group_budget
from apps.qsys.models import Core, CoreEnd, Side

#: What the poller says of its line when it has never had one.
NO_LINE: Final[dict[str, Any]] = {
    "transport": "",
    "address": "",
    "side": "",
    "since": None,
    "reconnects": 0,
    "rtt_ms": None,
    "groups": 0,
    "last_error": "",
    "last_error_at": None,
}


@dataclass(frozen=True, slots=True)
class Connection:
    """A Core's connection as the poller last told it; `link` has the members of NO_LINE."""

    liveness: str
    reason: str
    seen_at: datetime | None
    pair: Any
    active: str
    group_budget: int
    link: dict[str, Any]


def connection_of(device: Device) -> Connection:
    """How the poller is connected to a Core that the caller may see."""
    state = DeviceState.objects.filter(device=device).first()
    core = Core.system.filter(device=device).first()
    told = state.summary.get("link", {}) if state else {}
    return Connection(
        liveness=state.liveness if state else Liveness.NEVER.value,
        reason=state.reason if state else "",
        seen_at=state.seen_at if state else None,
        pair=core.pair if core else "",
        active=core.active if core else "",
        group_budget=group_budget(),
        link={name: told.get(name, blank) for name, blank in NO_LINE.items()},
    )


def core_ends(device: Device) -> list[CoreEnd]:
    """The ends of a Core that the caller may see, the main one first, also before it has a row."""
    ends = list(CoreEnd.objects.filter(device=device))
    if not any(end.side == Side.MAIN for end in ends):
        ends.insert(0, CoreEnd(device=device, side=Side.MAIN))
    return ends
