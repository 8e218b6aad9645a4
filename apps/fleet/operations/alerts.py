"""Alerts: looking at them, taking them on, silencing them."""

from uuid import UUID

from apps.fleet import selectors as fleet
from apps.fleet.alerts import selectors, services
from apps.fleet.alerts.schemas import (
    FleetAlert,
    FleetAlertAcknowledgeIn,
    FleetAlertAcknowledgeOut,
    FleetAlertGetIn,
    FleetAlertListIn,
    FleetAlertListOut,
    FleetSilence,
    FleetSilenceCreateIn,
    FleetSilenceEndIn,
)
from apps.fleet.models import Alert, Device
from apps.fleet.operations.common import (
    BY_HAND,
    OPERATE,
    VIEW,
    WITH_ASSISTANTS,
    device_ref,
    site_ref,
)
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef

#: Firing alerts that are rolled up at once.
ROLLED_UP = 20_000


def place_ref(actor: Actor, path: str, permission: str) -> TargetRef:
    """A place as rights and evidence name it; / is the whole tenant."""
    if path == "/":
        return TargetRef("tenant", actor.tenant, "the whole tenant")
    return site_ref(fleet.site_get(actor, path, permission))


def alert_ref(alert: Alert) -> TargetRef:
    """An alert as rights and evidence name it."""
    label = f"{alert.rule} {alert.label}"[:200]
    return TargetRef("alert", alert.id, label, alert.site_path, alert.device_id)


def alert_list(ctx: Context, data: FleetAlertListIn) -> FleetAlertListOut:
    """What fires, worst first."""
    rows = selectors.matching(ctx.actor, state=data.state, site=data.site, rule=data.rule)
    return FleetAlertListOut(
        total=rows.count(),
        groups=selectors.groups(list(rows[:ROLLED_UP])),
        alerts=list(map(selectors.shown, rows[: data.limit])),
    )


def get_targets(actor: Actor, data: FleetAlertGetIn) -> tuple[TargetRef, ...]:
    """The alert itself."""
    return (alert_ref(selectors.alert_get(actor, data.alert)),)


def alert_get(ctx: Context, data: FleetAlertGetIn) -> FleetAlert:
    """One alert."""
    return selectors.shown(selectors.alert_get(ctx.actor, data.alert))


def acknowledge_targets(actor: Actor, data: FleetAlertAcknowledgeIn) -> tuple[TargetRef, ...]:
    """Each alert: one that is not the caller's is not found, and then none is taken on."""
    return tuple(map(alert_ref, chosen(actor, data.alerts)))


def chosen(actor: Actor, ids: list[UUID]) -> list[Alert]:
    """The alerts of these ids; raises `not_found` at the first that is absent or foreign."""
    rows = {one.id: one for one in selectors.alerts(actor, OPERATE).filter(id__in=ids)}
    return [rows.get(one) or selectors.alert_get(actor, one, OPERATE) for one in ids]


def acknowledge(ctx: Context, data: FleetAlertAcknowledgeIn) -> FleetAlertAcknowledgeOut:
    """Say that somebody is at it."""
    found = chosen(ctx.actor, data.alerts)
    done = services.alerts_acknowledge(ctx.actor, found, data.remark)
    return FleetAlertAcknowledgeOut(acknowledged=done, already=len(found) - done)


def silenced_device(actor: Actor, data: FleetSilenceCreateIn) -> Device | None:
    """The one device that is silenced, where the input names one."""
    if data.device is None:
        return None
    return fleet.device_get(actor, data.device, permission=OPERATE)


def silence_targets(actor: Actor, data: FleetSilenceCreateIn) -> tuple[TargetRef, ...]:
    """What falls silent: the device, or the place."""
    device = silenced_device(actor, data)
    if device is not None:
        return (device_ref(device),)
    return (place_ref(actor, data.site, OPERATE),)


def silence_create(ctx: Context, data: FleetSilenceCreateIn) -> FleetSilence:
    """Tell nobody for a while."""
    device = silenced_device(ctx.actor, data)
    return selectors.silence_shown(services.silence_create(ctx.actor, data, device))


def end_targets(actor: Actor, data: FleetSilenceEndIn) -> tuple[TargetRef, ...]:
    """The silence, at its place."""
    one = selectors.silence_get(actor, data.silence, OPERATE)
    return (TargetRef("silence", one.id, one.reason[:200], one.path, one.device_id),)


def silence_end(ctx: Context, data: FleetSilenceEndIn) -> FleetSilence:
    """Tell people again."""
    one = selectors.silence_get(ctx.actor, data.silence, OPERATE)
    return selectors.silence_shown(services.silence_end(ctx.actor, one))


OPERATIONS = (
    Operation(
        name="fleet.alert.list",
        summary="List what is wrong now, worst first and rolled up by place, or what was.",
        input=FleetAlertListIn,
        output=FleetAlertListOut,
        handler=alert_list,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.alert.get",
        summary="Look at one alert: what was read, since when, and who has taken it on.",
        input=FleetAlertGetIn,
        output=FleetAlert,
        handler=alert_get,
        targets=get_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.alert.acknowledge",
        summary="Take alerts on, so that others see that somebody is at it.",
        input=FleetAlertAcknowledgeIn,
        output=FleetAlertAcknowledgeOut,
        handler=acknowledge,
        targets=acknowledge_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.silence.create",
        summary="Tell nobody of some alerts for a while; they are still raised and shown.",
        input=FleetSilenceCreateIn,
        output=FleetSilence,
        handler=silence_create,
        targets=silence_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.silence.end",
        summary="End a silence: people are told again of what still fires.",
        input=FleetSilenceEndIn,
        output=FleetSilence,
        handler=silence_end,
        targets=end_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
