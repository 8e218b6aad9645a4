"""Snapshots: recall one and tell what it changed; store the present state."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import QsysRejected, SnapshotBank
from apps.qsys.driver import CoreSession
from apps.qsys.policies import Write, of_paths, plan_refusals, require
from apps.qsys.schemas.snapshots import (
    QsysSnapshotLoadIn,
    QsysSnapshotLoadOut,
    QsysSnapshotSaveIn,
    QsysSnapshotSaveOut,
)
from apps.qsys.services import contents, recall
from apps.qsys.services.batches import KEPT_MOST
from apps.qsys.services.cores import core_of, origin_of
from apps.qsys.services.many import kept
from apps.qsys.services.names import Named, naming
from apps.qsys.telemetry import causes

#: Seconds of a ramp that the answer waits for; a longer one goes on by itself.
WAITED_MOST: Final = 5.0
UNSEEN: Final = (
    "A Core does not tell what a slot holds before it is recalled; listed is what earlier "
    "recalls have shown."
)
#: Seconds after the ramp by which the bank shows what was recalled.
GRACE: Final = 5.0


def snapshot_load(ctx: Context, data: QsysSnapshotLoadIn) -> QsysSnapshotLoadOut:
    """Recall a snapshot inside a change group, so that the answer tells what it changed."""
    device = core_of(ctx.actor, data.device)
    known = recall.writable(device)
    held = contents.known_contents(device, data.bank, data.slot)
    now = contents.now_of(ctx, device, held)
    require(ctx, device, contents.writes(device, data.bank, data.slot, held, now))

    async def act(session: CoreSession) -> tuple[recall.Watching, bool]:
        seen = await recall.watching(session.qrc, f"recall {ctx.call.id}", known)
        try:
            await asyncio.to_thread(_note_cause, ctx, device, data)
            await SnapshotBank(session.qrc, data.bank).load(data.slot, ramp=data.ramp)
            settled = await seen.follow(min(data.ramp, WAITED_MOST) + recall.AFTERWARDS)
        finally:
            await recall.forget(seen)
        return seen, settled and data.ramp <= WAITED_MOST

    with naming(device, ctx, [Named("bank", data.bank, bank=True)]):
        seen, settled = sessions.call(device, act, ctx, changing=True)
    found = seen.differences()
    ctx.before = kept([((one.component, one.control), one.before) for one in found], KEPT_MOST)
    ctx.after = kept([((one.component, one.control), one.after) for one in found], KEPT_MOST)
    return QsysSnapshotLoadOut(
        device=device.id,
        bank=data.bank,
        slot=data.slot,
        watched=len(seen.before),
        changed=len(found),
        differences=found[: data.limit],
        settled=settled,
    )


def _note_cause(ctx: Context, device: Device, data: QsysSnapshotLoadIn) -> None:
    at_us = int(clock.now().timestamp() * 1e6)
    causes.leave_for_all(device.id, origin_of(ctx), at_us=at_us, ramp=data.ramp)


def snapshot_load_plan(ctx: Context, data: QsysSnapshotLoadIn) -> Plan:
    """The recall, and the controls that earlier recalls of the slot have shown to be in it."""
    device = core_of(ctx.actor, data.device)
    held = contents.known_contents(device, data.bank, data.slot)
    now = contents.now_of(ctx, device, held)
    recalled = PlanChange(
        target=device.id, what=f"recall of {data.bank}", after=f"slot {data.slot}"
    )
    shown = [
        PlanChange(
            target=device.id,
            what=" / ".join(filter(None, path)),
            before=now[path].model_dump() if path in now else None,
            after=value,
        )
        for path, value in sorted(held.items(), key=str)
    ]
    judged = contents.writes(device, data.bank, data.slot, held, now)
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=(recalled, *shown),
        refusals=plan_refusals(ctx, device, judged),
        risks=(UNSEEN,),
    )


def snapshot_load_writes(actor: Actor, data: QsysSnapshotLoadIn) -> tuple[Device, list[Write]]:
    """The Core, the slot and what is known to be in it, for the policies."""
    device = core_of(actor, data.device)
    held = contents.known_contents(device, data.bank, data.slot)
    return device, of_paths([(data.bank, f"load.{data.slot}"), *held])


def snapshot_save_writes(actor: Actor, data: QsysSnapshotSaveIn) -> tuple[Device, list[Write]]:
    """The Core and the slot, for the policies."""
    return core_of(actor, data.device), _saved(data)


def _saved(data: QsysSnapshotSaveIn) -> list[Write]:
    return of_paths([(data.bank, f"save.{data.slot}")])


def snapshot_load_settle(ctx: Context, data: QsysSnapshotLoadIn, intent: UUID) -> Outcome | None:
    """The bank's own mark of the last recall, where the design exposes the bank."""
    device = core_of(ctx.actor, data.device)

    async def ask(session: CoreSession) -> bool | None:
        try:
            states = await session.qrc.component_get(data.bank, [f"last.{data.slot}"])
        except QsysRejected:
            return None
        return bool(states and states[0].value)

    recalled = sessions.call(device, ask, ctx)
    if recalled:
        return Outcome.done(_unwatched(device, data))
    if recalled is None:
        return Outcome.not_done(
            Code.INDETERMINATE,
            f"{data.bank} is not exposed, so nobody can ask whether slot {data.slot} was "
            "recalled. Look at the controls, or recall it again.",
        )
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=data.ramp + GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, f"Slot {data.slot} of {data.bank} was not the last one recalled."
    )


def _unwatched(device: Device, data: QsysSnapshotLoadIn) -> QsysSnapshotLoadOut:
    return QsysSnapshotLoadOut(
        device=device.id,
        bank=data.bank,
        slot=data.slot,
        watched=0,
        changed=0,
        differences=[],
        settled=True,
    )


def snapshot_save(ctx: Context, data: QsysSnapshotSaveIn) -> QsysSnapshotSaveOut:
    """Store the present state in a slot."""
    device = core_of(ctx.actor, data.device)
    require(ctx, device, _saved(data))

    async def act(session: CoreSession) -> None:
        await SnapshotBank(session.qrc, data.bank).save(data.slot)

    with naming(device, ctx, [Named("bank", data.bank, bank=True)]):
        sessions.call(device, act, ctx, changing=True)
    return QsysSnapshotSaveOut(device=device.id, bank=data.bank, slot=data.slot)


def snapshot_save_plan(ctx: Context, data: QsysSnapshotSaveIn) -> Plan:
    """What would be overwritten."""
    device = core_of(ctx.actor, data.device)
    what = f"{data.bank}, slot {data.slot}"
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=(PlanChange(target=device.id, what=what, after="the present state"),),
        refusals=plan_refusals(ctx, device, _saved(data)),
        risks=("What the slot holds now is lost, and cannot be brought back.",),
    )


def snapshot_save_settle(ctx: Context, data: QsysSnapshotSaveIn, intent: UUID) -> Outcome:
    """A Core tells nobody what a slot holds."""
    return Outcome.not_done(
        Code.INDETERMINATE,
        f"Whether slot {data.slot} of {data.bank} was saved cannot be asked of a Core. "
        "Save it again: that does no harm.",
    )
