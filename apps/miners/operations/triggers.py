"""Operations on price triggers."""

from typing import Final

from apps.kernel.actor import Actor
from apps.miners.curtail.triggers import services
from apps.miners.curtail.triggers.schemas import (
    MinersTrigger,
    MinersTriggerDeleteOut,
    MinersTriggerFeedIn,
    MinersTriggerFeedOut,
    MinersTriggerIn,
    MinersTriggerListIn,
    MinersTriggerListOut,
    MinersTriggerSaveIn,
)
from apps.miners.models.trigger import CurtailmentTrigger
from apps.miners.operations import curtailment
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan

VIEW: Final = "miners.view"
OPERATE: Final = "miners.operate"
#: Set up by people and scripts, once; an assistant starts and stops curtailments itself.
FACES: Final = frozenset({Face.REST, Face.CONSOLE})


def trigger_ref(row: CurtailmentTrigger) -> TargetRef:
    """A trigger as rights and evidence name it."""
    return TargetRef("trigger", row.id, row.name, row.site_path)


def save_targets(actor: Actor, data: MinersTriggerSaveIn) -> tuple[TargetRef, ...]:
    """What it would start: the place, and the miners that would be paused now."""
    return curtailment.start_targets(actor, data.curtailment)


def save_plan(ctx: Context, data: MinersTriggerSaveIn) -> Plan:
    """What it would start; that nobody could be paused at this moment does not matter yet."""
    plan = curtailment.start_plan(ctx, data.curtailment)
    words = "It starts and ends by the price, without asking again, in your name."
    return plan.model_copy(update={"refusals": (), "risks": (words, *plan.risks)})


def save(ctx: Context, data: MinersTriggerSaveIn) -> MinersTrigger:
    """Keep it."""
    return services.shown(services.trigger_save(ctx, data))


def trigger_targets(actor: Actor, data: MinersTriggerIn) -> tuple[TargetRef, ...]:
    """The trigger, for whoever may change it."""
    return (trigger_ref(services.trigger_get(actor, data.trigger, OPERATE)),)


def feed(ctx: Context, data: MinersTriggerFeedIn) -> MinersTriggerFeedOut:
    """Keep prices."""
    row = services.trigger_get(ctx.actor, data.trigger, OPERATE)
    return MinersTriggerFeedOut(trigger=row.id, rows=services.trigger_feed(row, data.csv))


def delete(ctx: Context, data: MinersTriggerIn) -> MinersTriggerDeleteOut:
    """Forget it."""
    services.trigger_delete(services.trigger_get(ctx.actor, data.trigger, OPERATE))
    return MinersTriggerDeleteOut(trigger=data.trigger, deleted=True)


def listed(ctx: Context, data: MinersTriggerListIn) -> MinersTriggerListOut:
    """All that may be seen."""
    rows = services.triggers(ctx.actor)
    return MinersTriggerListOut(triggers=[services.shown(row) for row in rows])


OPERATIONS = (
    Operation(
        name="miners.trigger.save",
        summary="Let a price start and end a curtailment: above or below a threshold.",
        input=MinersTriggerSaveIn,
        output=MinersTrigger,
        handler=save,
        targets=save_targets,
        plan=save_plan,
        permission=OPERATE,
        danger=Danger.DISRUPTIVE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="miners.trigger.feed",
        summary="Give a price trigger its prices as CSV; a time that is there is replaced.",
        input=MinersTriggerFeedIn,
        output=MinersTriggerFeedOut,
        handler=feed,
        targets=trigger_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="miners.trigger.delete",
        summary="Delete a price trigger; a curtailment it started goes on until it is stopped.",
        input=MinersTriggerIn,
        output=MinersTriggerDeleteOut,
        handler=delete,
        targets=trigger_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="miners.trigger.list",
        summary="List price triggers: the price of now, whether it is on, and what is wrong.",
        input=MinersTriggerListIn,
        output=MinersTriggerListOut,
        handler=listed,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
