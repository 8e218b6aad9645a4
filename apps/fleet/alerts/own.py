"""Rules that hold for every family: a device that is offline, and a place where all are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from apps.fleet.alerts.rules import Measured, Mute, Rule, Seen, Side, Thresholds
from apps.fleet.models import Liveness, Member, MemberState, Target
from apps.fleet.models.target import TERMINAL

#: Devices that a place needs before their silence says something of the place.
PLACE_LEAST: Final = 3
HEARD: Final = (Liveness.OK, Liveness.LOST, Liveness.REBOOTING)


def offline(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """1 for a lost device, 0 for one that answers; what is stale or reboots is not known."""
    for one in devices:
        if one.liveness in (Liveness.OK, Liveness.LOST):
            lost = one.liveness == Liveness.LOST
            note = one.reason if lost else "It answers."
            yield Measured(float(lost), now, one.name, one.site_path, one.id, note=note)


def silent(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """Percent of the devices of each place that are lost, of those of which it is known."""
    known: dict[str, list[bool]] = {}
    for one in devices:
        if one.liveness in HEARD:
            for place in places(one.site_path):
                known.setdefault(place, []).append(one.liveness == Liveness.LOST)
    for place, lost in known.items():
        if len(lost) >= PLACE_LEAST:
            note = f"{sum(lost)} of {len(lost)} devices at {place} do not answer."
            share = 100.0 * sum(lost) / len(lost)
            yield Measured(share, now, place, place, subject=place, note=note)


def places(path: str) -> Iterable[str]:
    """A place and all around it, the widest first."""
    so_far = "/"
    for slug in path.strip("/").split("/"):
        so_far += f"{slug}/"
        yield so_far


def jobs(tenant_id: UUID) -> Mapping[UUID, str]:
    """Devices that a disruptive job holds."""
    rows = Target.system.filter(tenant_id=tenant_id).exclude(state__in=TERMINAL)
    return {
        device: f"A job works on it: {operation}."
        for device, operation in rows.values_list("device_id", "operation")
    }


def rollouts(tenant_id: UUID) -> Mapping[UUID, str]:
    """Devices that a rollout works on."""
    rows = Member.system.filter(
        rollout__tenant_id=tenant_id, state__in=(MemberState.RUNNING, MemberState.UNKNOWN)
    )
    names = rows.values_list("device_id", "rollout__name")
    return {device: f"Rollout {name} works on it." for device, name in names}


ALERT_RULES: Final = (
    Rule(
        name="fleet.device.offline",
        kind="",
        title="offline",
        summary="A device does not answer its poller.",
        unit="",
        side=Side.ABOVE,
        usual=Thresholds(1, 1, 30, 30, "critical"),
        read=offline,
        least=1,
        most=1,
        mutes=True,
    ),
    Rule(
        name="fleet.place.silent",
        kind="",
        title="silent",
        summary="The devices of a place do not answer; those of its devices are muted.",
        unit="%",
        side=Side.ABOVE,
        usual=Thresholds(90, 50, 0, 30, "critical"),
        read=silent,
        least=1,
        most=100,
        mutes=True,
    ),
)
MUTED_BY: Final = (Mute("job", jobs), Mute("rollout", rollouts))
