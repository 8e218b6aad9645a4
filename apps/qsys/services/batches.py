"""Several controls set together, each read before and after."""

from collections.abc import Sequence
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
from apps.qsys.client import ControlSet
from apps.qsys.driver import CoreSession
from apps.qsys.policies import Write, of_paths, of_settings, plan_refusals, require
from apps.qsys.schemas.batches import (
    QsysBatchResult,
    QsysControlBatchIn,
    QsysControlBatchOut,
)
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.services.controls import RAMP_GRACE, UNKNOWN, is_near, note_cause
from apps.qsys.services.cores import core_of
from apps.qsys.services.many import Path, Readings, Setting, asked, kept, read_many, write_many
from apps.qsys.services.names import Named, naming, path

#: Controls that the audit trail keeps of one batch or recall.
KEPT_MOST: Final = 2_000


def control_batch(ctx: Context, data: QsysControlBatchIn) -> QsysControlBatchOut:
    """Read all, set all, read all: a name that does not exist stops it before anything is set."""
    device = core_of(ctx.actor, data.device)
    wanted = list(map(asked, data.settings))
    before, after = apply(ctx, device, wanted)
    results = results_of(wanted, before, after)
    return QsysControlBatchOut(
        device=device.id, results=results, confirmed=all(one.confirmed for one in results)
    )


def apply(ctx: Context, device: Device, wanted: Sequence[Setting]) -> tuple[Readings, Readings]:
    """What the controls were and are, the set between; evidence is left in `ctx`.

    Raises `conflict`, before anything is sent, for what a policy does not allow.
    """
    paths = [one.path for one in wanted]
    before = read(ctx, device, paths)
    require(ctx, device, of_settings(device, wanted, before))

    async def act(session: CoreSession) -> Readings:
        await note_cause(ctx, device.id, [(one.path, one.to.ramp or 0.0) for one in wanted])
        await write_many(session.qrc, wanted)
        return await read_many(session.qrc, paths)

    after = sessions.call(device, act, ctx, changing=True)
    ctx.before, ctx.after = kept(before.items(), KEPT_MOST), kept(after.items(), KEPT_MOST)
    return before, after


def results_of(
    wanted: Sequence[Setting], before: Readings, after: Readings
) -> list[QsysBatchResult]:
    """One result a setting, in their order."""
    return [
        QsysBatchResult(
            component=one.path[0],
            control=one.path[1],
            before=before.get(one.path, UNKNOWN),
            after=after.get(one.path, UNKNOWN),
            confirmed=is_as_set(one.to, after.get(one.path, UNKNOWN)),
        )
        for one in wanted
    ]


def is_as_set(asked: ControlSet, found: QsysReading) -> bool:
    """Whether a reading is what was asked for."""
    if asked.string is not None:
        return found.string == asked.string
    if asked.position is not None:
        return is_near(asked.position, found.position)
    return is_near(asked.value, found.value)


def control_batch_plan(ctx: Context, data: QsysControlBatchIn) -> Plan:
    """Each control with what it is now and would be."""
    device = core_of(ctx.actor, data.device)
    wanted = list(map(asked, data.settings))
    return plan_of(ctx, device, wanted, read(ctx, device, [one.path for one in wanted]))


def control_batch_writes(actor: Actor, data: QsysControlBatchIn) -> tuple[Device, Sequence[Write]]:
    """The Core and the controls that a batch is about, for the policies."""
    paths = [(one.component, one.control) for one in data.settings]
    return core_of(actor, data.device), of_paths(paths)


def plan_of(ctx: Context, device: Device, wanted: Sequence[Setting], now: Readings) -> Plan:
    """A plan over single controls, with what policies refuse of it."""
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(
                target=device.id,
                what=" / ".join(filter(None, one.path)),
                before=now[one.path].model_dump() if one.path in now else None,
                after=asked_of(one.to),
            )
            for one in wanted
        ),
        refusals=plan_refusals(ctx, device, of_settings(device, wanted, now)),
    )


def asked_of(one: ControlSet) -> object:
    """What a setting asks for, whichever way it says it."""
    return next(item for item in (one.value, one.position, one.string) if item is not None)


def read(ctx: Context, device: Device, paths: Sequence[Path]) -> Readings:
    """What the controls are now."""

    async def ask(session: CoreSession) -> Readings:
        return await read_many(session.qrc, paths)

    with naming(device, ctx, _named(paths)):
        return sessions.call(device, ask, ctx)


def _named(paths: Sequence[Path]) -> list[Named]:
    return [
        name for number, one in enumerate(paths) for name in path(*one, at=f"settings.{number}.")
    ]


def control_batch_settle(ctx: Context, data: QsysControlBatchIn, intent: UUID) -> Outcome | None:
    """Read them all: as asked means done; with a ramp still running, ask later."""
    device = core_of(ctx.actor, data.device)
    wanted = list(map(asked, data.settings))
    found = read(ctx, device, [one.path for one in wanted])
    results = results_of(wanted, {}, found)
    if all(one.confirmed for one in results):
        return Outcome.done(QsysControlBatchOut(device=device.id, results=results, confirmed=True))
    longest = max(one.ramp for one in data.settings)
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=longest + RAMP_GRACE):
        return None
    missed = [one for one in results if not one.confirmed]
    return Outcome.not_done(
        Code.DEVICE_REJECTED,
        f"{len(missed)} of {len(results)} controls are not as asked, the first "
        f"{missed[0].control}: {missed[0].after.string}. Set the batch again: that does no harm.",
    )
