"""The emergency stop: set in one call by whoever operates a place, lifted with a plan."""

from typing import Final
from uuid import UUID

from apps.fleet import selectors, services
from apps.fleet.models import EmergencyStop
from apps.fleet.operations.common import (
    BY_HAND,
    CONFIGURE,
    OPERATE,
    VIEW,
    WITH_ASSISTANTS,
    site_ref,
)
from apps.fleet.schemas import (
    FleetStop,
    FleetStopLiftIn,
    FleetStopLiftOut,
    FleetStopListIn,
    FleetStopListOut,
    FleetStopSetIn,
    FleetStopSetOut,
)
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, invalid
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanTarget

RISKS: Final = (
    "Commands, schedules and jobs reach these devices again as soon as the stop is lifted.",
)


def set_targets(actor: Actor, data: FleetStopSetIn) -> tuple[TargetRef, ...]:
    """The place that is stopped; raises `forbidden` for a plane that is not the caller's."""
    if data.everywhere:
        require_whole_plane(actor)
        if data.site != "/":
            raise invalid("site", "is left out when everything is stopped.")
        return (TargetRef("plane", UUID(int=0), "the whole plane"),)
    if data.site == "/":
        return (TargetRef("tenant", actor.tenant, "the whole tenant"),)
    return (site_ref(selectors.site_get(actor, data.site, OPERATE)),)


def require_whole_plane(actor: Actor) -> None:
    """Raises `forbidden` unless the actor runs the plane for all tenants."""
    if not actor.superuser:
        raise Failure(
            Code.FORBIDDEN,
            "Only a superuser in the console may stop or start every tenant's devices; "
            "stop your own tenant with site '/'.",
        )


def stop_set(ctx: Context, data: FleetStopSetIn) -> FleetStopSetOut:
    """Set the stop, or find it standing."""
    stop, created = services.stop_set(
        tenant_id=None if data.everywhere else ctx.actor.tenant,
        path=data.site,
        set_by=ctx.actor.label,
        reason=ctx.call.reason,
    )
    return FleetStopSetOut(**shown(stop).model_dump(), created=created)


def lift_targets(actor: Actor, data: FleetStopLiftIn) -> tuple[TargetRef, ...]:
    """The place of the stop: who lifts it needs the right on all of it."""
    stop = selectors.stop_get(actor, data.stop)
    if stop.tenant_id is None:
        require_whole_plane(actor)
    return (TargetRef("stop", stop.id, f"stop of {stop.place}", stop.path),)


def lift_plan(ctx: Context, data: FleetStopLiftIn) -> Plan:
    """What comes back under control."""
    stop = selectors.stop_get(ctx.actor, data.stop)
    target = PlanTarget(kind="stop", id=stop.id, label=f"stop of {stop.place}")
    change = PlanChange(target=stop.id, what="stop", before="stands", after="lifted")
    return Plan(targets=(target,), changes=(change,), risks=RISKS)


def stop_lift(ctx: Context, data: FleetStopLiftIn) -> FleetStopLiftOut:
    """End the stop."""
    stop = services.stop_lift(selectors.stop_get(ctx.actor, data.stop), lifted_by=ctx.actor.label)
    return FleetStopLiftOut(stop=stop.id, place=stop.place, lifted_at=stop.lifted_at)


def stop_list(ctx: Context, data: FleetStopListIn) -> FleetStopListOut:
    """All that stand."""
    return FleetStopListOut(stops=list(map(shown, selectors.stops(ctx.actor))))


def shown(stop: EmergencyStop) -> FleetStop:
    """A stop as callers see it."""
    return FleetStop(
        stop=stop.id,
        place=stop.place,
        reason=stop.reason,
        set_at=stop.set_at,
        set_by=stop.set_by,
    )


OPERATIONS = (
    Operation(
        name="fleet.stop.set",
        summary="Emergency stop: only silence is still sent to the devices of a place, or to any.",
        input=FleetStopSetIn,
        output=FleetStopSetOut,
        handler=stop_set,
        targets=set_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.stop.lift",
        summary="Lift an emergency stop, so that devices may be written to again.",
        input=FleetStopLiftIn,
        output=FleetStopLiftOut,
        handler=stop_lift,
        targets=lift_targets,
        plan=lift_plan,
        permission=CONFIGURE,
        danger=Danger.DISRUPTIVE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.stop.list",
        summary="List the emergency stops in force.",
        input=FleetStopListIn,
        output=FleetStopListOut,
        handler=stop_list,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
)
