"""Operations on curtailments."""

from typing import Final

from apps.kernel.actor import Actor
from apps.miners.curtail import preview as previews
from apps.miners.curtail import selectors, services
from apps.miners.curtail.preview import kilo
from apps.miners.curtail.schemas import (
    MinersCurtailment,
    MinersCurtailmentGetIn,
    MinersCurtailmentIn,
    MinersCurtailmentListIn,
    MinersCurtailmentListOut,
    MinersCurtailmentOut,
    MinersCurtailmentPreviewIn,
    MinersCurtailmentPreviewOut,
    MinersCurtailmentStartIn,
)
from apps.miners.models.curtailment import Curtailment
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanRefusal, PlanTarget

VIEW: Final = "miners.view"
OPERATE: Final = "miners.operate"
RISKS: Final = (
    "Paused miners earn nothing.",
    "Any miner at the place may be paused while it lasts, whichever is needed.",
)


def event_ref(event: Curtailment) -> TargetRef:
    """An event as rights and evidence name it."""
    return TargetRef("curtailment", event.id, event.name, event.site_path)


def preview_targets(actor: Actor, data: MinersCurtailmentPreviewIn) -> tuple[TargetRef, ...]:
    """The place."""
    return (services.place_of(actor, data, VIEW),)


def preview(ctx: Context, data: MinersCurtailmentPreviewIn) -> MinersCurtailmentPreviewOut:
    """Which miners would be paused now, and what that would come to."""
    return previews.shown(previews.prospect(ctx.actor.tenant, data), data)


def start_targets(actor: Actor, data: MinersCurtailmentStartIn) -> tuple[TargetRef, ...]:
    """The place, and those that would be paused now: many of them need a second person."""
    place = services.place_of(actor, data, OPERATE)
    found = previews.prospect(actor.tenant, data)
    devices = [found.there[one.id].device for one in found.chosen]
    miners = [TargetRef("device", row.id, row.name, row.site_path, row.id) for row in devices]
    return (place, *miners)


def start_plan(ctx: Context, data: MinersCurtailmentStartIn) -> Plan:
    """The limit of the place; what it would come to now is told beside it.

    The confirmation holds for the limit, not for the miners: they are chosen anew when it begins.
    """
    place = services.place_of(ctx.actor, data, OPERATE)
    found = previews.prospect(ctx.actor.tenant, data)
    held = found.claims.curtailed.keys() & found.there.keys()
    nobody = not held and len(found.excluded) == len(found.there)
    reason = "No miner there can be paused now; the preview says why of each."
    return Plan(
        targets=(PlanTarget(kind=place.kind, id=place.id, label=place.label),),
        changes=(
            PlanChange(
                target=place.id,
                what="power",
                before=f"{kilo(found.before):.1f} kW",
                after=services.spoken(data),
            ),
        ),
        refusals=(PlanRefusal(target=place.id, reason=reason),) if nobody else (),
        risks=(outlook(found, data), *RISKS),
    )


def outlook(found: previews.Prospect, data: MinersCurtailmentPreviewIn) -> str:
    """What it would come to now, in one sentence."""
    words = (
        f"By the readings of now {len(found.chosen)} of {len(found.there)} miners are paused, "
        f"{kilo(found.before):.1f} kW become {kilo(found.after):.1f} kW; "
        f"{len(found.excluded)} are left alone."
    )
    missing = found.after - found.limit - data.rules.tolerance_watts
    return f"{words} {kilo(missing):.1f} kW cannot be saved." if missing > 0 else words


def start(ctx: Context, data: MinersCurtailmentStartIn) -> MinersCurtailment:
    """Record it; the reconciler begins at its time."""
    return selectors.shown(services.curtailment_start(ctx, data))


def event_targets(actor: Actor, data: MinersCurtailmentIn) -> tuple[TargetRef, ...]:
    """The event, for whoever may stop it."""
    return (event_ref(selectors.curtailment_get(actor, data.curtailment, OPERATE)),)


def get_targets(actor: Actor, data: MinersCurtailmentGetIn) -> tuple[TargetRef, ...]:
    """The event, for whoever may look at it."""
    return (event_ref(selectors.curtailment_get(actor, data.curtailment)),)


def stop(ctx: Context, data: MinersCurtailmentIn) -> MinersCurtailment:
    """Restore."""
    event = selectors.curtailment_get(ctx.actor, data.curtailment, OPERATE)
    return selectors.shown(services.curtailment_stop(ctx, event))


def get(ctx: Context, data: MinersCurtailmentGetIn) -> MinersCurtailmentOut:
    """How it stands, and its report."""
    event = selectors.curtailment_get(ctx.actor, data.curtailment)
    return selectors.detailed(event, limit=data.limit, points=data.points)


def listed(ctx: Context, data: MinersCurtailmentListIn) -> MinersCurtailmentListOut:
    """Newest first."""
    rows = selectors.curtailments(ctx.actor, active=data.active)[: data.limit]
    return MinersCurtailmentListOut(curtailments=[selectors.shown(row) for row in rows])


OPERATIONS = (
    Operation(
        name="miners.curtailment.preview",
        summary="Show which miners a power limit would pause now, which not and why, and the kW.",
        input=MinersCurtailmentPreviewIn,
        output=MinersCurtailmentPreviewOut,
        handler=preview,
        targets=preview_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="miners.curtailment.start",
        summary="Keep the power of a place under a limit: pause its least efficient miners.",
        input=MinersCurtailmentStartIn,
        output=MinersCurtailment,
        handler=start,
        targets=start_targets,
        plan=start_plan,
        permission=OPERATE,
        danger=Danger.DISRUPTIVE,
        repeat=Repeat.KEYED,
        faces=EVERYWHERE,
    ),
    Operation(
        name="miners.curtailment.stop",
        summary="End a curtailment: its miners hash again, stage by stage.",
        input=MinersCurtailmentIn,
        output=MinersCurtailment,
        handler=stop,
        targets=event_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
    ),
    Operation(
        name="miners.curtailment.get",
        summary="Look at a curtailment: its miners one by one, and its power over time.",
        input=MinersCurtailmentGetIn,
        output=MinersCurtailmentOut,
        handler=get,
        targets=get_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="miners.curtailment.list",
        summary="List curtailments, newest first.",
        input=MinersCurtailmentListIn,
        output=MinersCurtailmentListOut,
        handler=listed,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
