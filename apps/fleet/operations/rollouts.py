"""Rollouts: any operation on one device, brought to many in phases that stop by themselves."""

from uuid import UUID

from apps.fleet.models.rollout import Rollout
from apps.fleet.operations.common import BY_HAND, OPERATE, VIEW, WITH_ASSISTANTS, device_ref
from apps.fleet.rollouts import planning, selectors, services
from apps.fleet.rollouts.schemas import (
    FleetRolloutCancelIn,
    FleetRolloutCreateIn,
    FleetRolloutGetIn,
    FleetRolloutIn,
    FleetRolloutMovedOut,
    FleetRolloutOut,
    FleetRolloutResumeIn,
    FleetRolloutRollbackIn,
    FleetRolloutStartIn,
)
from apps.fleet.rollouts.shape import place_of_all
from apps.kernel.actor import Actor
from apps.operations.carried import danger_of
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan

#: Seconds for planning every device of a large rollout.
PLANNING = 60.0


def rollout_ref(rollout: Rollout) -> TargetRef:
    """A rollout as rights and evidence name it."""
    return TargetRef("rollout", rollout.id, rollout.name, rollout.site_path)


def create_targets(actor: Actor, data: FleetRolloutCreateIn) -> tuple[TargetRef, ...]:
    """The place that holds all chosen devices: planning touches none of them."""
    place = place_of_all([device.site_path for device in services.chosen(actor, data)])
    return (TargetRef("site", UUID(int=0), place, place),)


def create(ctx: Context, data: FleetRolloutCreateIn) -> FleetRolloutOut:
    """Plan a rollout; a dry run of its start says device by device what would be done."""
    rollout = services.rollout_create(
        ctx,
        name=data.name,
        operation=data.operation,
        raw=data.input,
        devices=services.chosen(ctx.actor, data),
        phases=data.phases,
    )
    planning.require_fit(rollout, ctx.actor, ctx.call.face)
    return selectors.shown(rollout, limit=50)


def targets_of(actor: Actor, data: FleetRolloutIn) -> tuple[TargetRef, ...]:
    """The rollout itself."""
    return (rollout_ref(selectors.rollout_get(actor, data.rollout, OPERATE)),)


def get_targets(actor: Actor, data: FleetRolloutGetIn) -> tuple[TargetRef, ...]:
    """The rollout, for whoever may look at it."""
    return (rollout_ref(selectors.rollout_get(actor, data.rollout)),)


def start_targets(actor: Actor, data: FleetRolloutStartIn) -> tuple[TargetRef, ...]:
    """Every device, so that a large rollout needs a second person."""
    rollout = selectors.rollout_get(actor, data.rollout, OPERATE)
    members = rollout.members.select_related("device")
    return tuple(device_ref(member.device) for member in members)


def start_danger(actor: Actor, data: FleetRolloutStartIn) -> Danger:
    """A rollout is as dangerous as what it carries."""
    return danger_of(selectors.rollout_get(actor, data.rollout, OPERATE).operation)


def start_plan(ctx: Context, data: FleetRolloutStartIn) -> Plan:
    """What each device would get, and which ones are left out."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return planning.plan_rollout(rollout, ctx.actor, ctx.call.face)


def start(ctx: Context, data: FleetRolloutStartIn) -> FleetRolloutMovedOut:
    """Begin, now or at its time."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.moved(services.rollout_start(ctx, rollout, not_before=data.not_before))


def pause(ctx: Context, data: FleetRolloutIn) -> FleetRolloutMovedOut:
    """Begin with no more devices for now."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.moved(services.rollout_pause(ctx, rollout))


def resume(ctx: Context, data: FleetRolloutResumeIn) -> FleetRolloutMovedOut:
    """Go on."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.moved(
        services.rollout_resume(
            ctx,
            rollout,
            accept_failures=data.accept_failures,
            ignore_windows=data.ignore_windows,
        )
    )


def advance(ctx: Context, data: FleetRolloutIn) -> FleetRolloutMovedOut:
    """Let the next phase begin."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.moved(services.rollout_advance(ctx, rollout))


def cancel(ctx: Context, data: FleetRolloutCancelIn) -> FleetRolloutMovedOut:
    """Stop for good."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.moved(services.rollout_cancel(ctx, rollout, hard=data.hard))


def rollback(ctx: Context, data: FleetRolloutRollbackIn) -> FleetRolloutOut:
    """Plan the way back."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout, OPERATE)
    return selectors.shown(services.rollout_rollback(ctx, rollout), limit=50)


def get(ctx: Context, data: FleetRolloutGetIn) -> FleetRolloutOut:
    """How it stands."""
    rollout = selectors.rollout_get(ctx.actor, data.rollout)
    return selectors.shown(rollout, state=data.state, limit=data.limit, after=data.after)


OPERATIONS = (
    Operation(
        name="fleet.rollout.create",
        summary="Plan a rollout: one operation for many devices, in phases. Nothing begins yet.",
        input=FleetRolloutCreateIn,
        output=FleetRolloutOut,
        handler=create,
        targets=create_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=WITH_ASSISTANTS,
        time_limit=PLANNING,
    ),
    Operation(
        name="fleet.rollout.start",
        summary="Start a planned rollout; it pauses by itself when too much goes wrong.",
        input=FleetRolloutStartIn,
        output=FleetRolloutMovedOut,
        handler=start,
        targets=start_targets,
        plan=start_plan,
        raised=start_danger,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
        time_limit=PLANNING,
    ),
    Operation(
        name="fleet.rollout.pause",
        summary="Pause a rollout: devices under way finish, no further one is started.",
        input=FleetRolloutIn,
        output=FleetRolloutMovedOut,
        handler=pause,
        targets=targets_of,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.rollout.resume",
        summary="Go on with a paused rollout; after a threshold only with accept_failures.",
        input=FleetRolloutResumeIn,
        output=FleetRolloutMovedOut,
        handler=resume,
        targets=targets_of,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.rollout.advance",
        summary="Let the next phase of a rollout begin, after a look at the one that waits.",
        input=FleetRolloutIn,
        output=FleetRolloutMovedOut,
        handler=advance,
        targets=targets_of,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.rollout.cancel",
        summary="Cancel a rollout: no further device is started; hard also stops those under way.",
        input=FleetRolloutCancelIn,
        output=FleetRolloutMovedOut,
        handler=cancel,
        targets=targets_of,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.rollout.rollback",
        summary="Plan the rollout that takes an ended one back, where earlier values are known.",
        input=FleetRolloutRollbackIn,
        output=FleetRolloutOut,
        handler=rollback,
        targets=targets_of,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=BY_HAND,
        time_limit=PLANNING,
    ),
    Operation(
        name="fleet.rollout.get",
        summary="Look at a rollout: its phases in numbers, and its devices one by one.",
        input=FleetRolloutGetIn,
        output=FleetRolloutOut,
        handler=get,
        targets=get_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
)
