"""Taking a change of a miner back: as it was before the call, written again and read back."""

from typing import Any
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, conflict
from apps.miners.changing import engine, snapshots
from apps.miners.changing.aspect import Aspect
from apps.miners.changing.aspects import ASPECTS
from apps.miners.changing.engine import Changed, Wish
from apps.miners.changing.snapshots import Kept
from apps.miners.client.miner import MinerClient
from apps.miners.models import MinerSnapshot
from apps.miners.schemas.changes import MinersChangeUndoIn, MinersChangeUndoOut
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.core import Danger
from apps.operations.outcome import Outcome, Plan


def change_undo(ctx: Context, data: MinersChangeUndoIn) -> MinersChangeUndoOut:
    """Set back what one call changed, unless somebody has changed it since."""
    device, row = _found(ctx.actor, data)
    aspect = ASPECTS[row.aspect]
    kept = snapshots.kept(row, aspect)
    made = engine.change(ctx, device, aspect, _back(device, aspect, kept, force=data.force))
    return _out(device, aspect, kept.call_id, made)


def undo_plan(ctx: Context, data: MinersChangeUndoIn) -> Plan:
    """What the setting is now and what it was before the call."""
    device, row = _found(ctx.actor, data)
    aspect = ASPECTS[row.aspect]
    kept = snapshots.kept(row, aspect)
    return engine.plan(ctx, device, aspect, _back(device, aspect, kept, force=data.force))


def undo_danger(actor: Actor, data: MinersChangeUndoIn) -> Danger:
    """As dangerous as the setting is; nothing to undo is found out later."""
    try:
        _, row = _found(actor, data)
    except Failure:
        return Danger.CHANGE
    return Danger.DISRUPTIVE if ASPECTS[row.aspect].disruptive else Danger.CHANGE


def undo_settle(ctx: Context, data: MinersChangeUndoIn, intent: UUID) -> Outcome:
    """Whether the setting is as it was before the call."""
    device = miner_of(ctx.actor, data.device)
    row = MinerSnapshot.system.filter(call_id=ctx.call.id, device=device).first()
    if row is None:
        return Outcome.not_done(Code.DEVICE_REJECTED, "Nothing was sent; undo it again.")
    aspect = ASPECTS[row.aspect]
    found = engine.settle(ctx, device, aspect)
    if isinstance(found, Outcome):
        return found
    earlier = MinerSnapshot.system.filter(device=device, done=True, id__lt=row.id).first()
    undone = data.call or (earlier.call_id if earlier else row.call_id)
    return Outcome.done(_out(device, aspect, undone, found))


def _found(actor: Actor, data: MinersChangeUndoIn) -> tuple[Device, MinerSnapshot]:
    """The miner and the change; raises `forbidden` without the right to make it."""
    device = miner_of(actor, data.device)
    row = snapshots.newest(device, data.call)
    needed = ASPECTS[row.aspect].permission
    if not actor.may_at(needed, device.site_path, device.id):
        raise Failure(
            Code.FORBIDDEN,
            f"Undoing a change of {ASPECTS[row.aspect].title} needs {needed}, as making it does.",
        )
    return device, row


def _back(device: Device, aspect: Aspect[Any], kept: Kept[Any], *, force: bool) -> Wish[Any]:
    async def wanted(client: MinerClient, now: Any) -> Any:
        left = kept.wanted if kept.after is None else kept.after
        if not force and aspect.shown(now) != aspect.shown(left):
            raise conflict(
                f"The {aspect.title} of {device.name} is not as that call left it: somebody has "
                "changed it since. Give force to undo it all the same."
            )
        return kept.before

    return wanted


def _out(
    device: Device, aspect: Aspect[Any], undone: UUID, made: Changed[Any]
) -> MinersChangeUndoOut:
    return MinersChangeUndoOut(
        device=device.id,
        undone=undone,
        what=aspect.name,
        before=aspect.shown(made.before),
        after=aspect.shown(made.after),
        confirmed=made.confirmed,
    )
