"""Taking a change back: what the audit trail says it was before, set again and read back."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan
from apps.qsys.policies import Write, of_paths
from apps.qsys.schemas.batches import QsysChangeUndoIn, QsysChangeUndoOut, QsysLeftOut
from apps.qsys.services import batches
from apps.qsys.services.controls import RAMP_GRACE
from apps.qsys.services.cores import core_of
from apps.qsys.services.made import Made, made_by
from apps.qsys.services.many import Readings, Setting

UNREAD: Final = "Nobody could read what it was before."


def change_undo(ctx: Context, data: QsysChangeUndoIn) -> QsysChangeUndoOut:
    """Set back what one call changed, unless somebody has changed it since."""
    device = core_of(ctx.actor, data.device)
    made = made_by(device, data.call)
    wanted = made.settings(data.ramp)
    if not data.force:
        _require_untouched(made, wanted, _read(ctx, device, wanted))
    before, after = batches.apply(ctx, device, wanted)
    if data.ramp:
        # Whoever undoes this one has to know where the ramp goes: it was read under way.
        ctx.after["aims"] = [[*one.path, made.before[one.path]] for one in wanted]
    return _out(device, made, wanted, before, after)


def _out(
    device: Device, made: Made, wanted: list[Setting], before: Readings, after: Readings
) -> QsysChangeUndoOut:
    results = batches.results_of(wanted, before, after)
    left_out = [
        QsysLeftOut(component=component, control=control, why=UNREAD)
        for component, control in made.unread()
    ]
    return QsysChangeUndoOut(
        device=device.id,
        undone=made.call,
        results=results,
        left_out=left_out,
        notes=list(made.notes()),
        confirmed=all(one.confirmed for one in results) and not left_out,
    )


def change_undo_plan(ctx: Context, data: QsysChangeUndoIn) -> Plan:
    """Each control with what it is now and what it was before the call."""
    device = core_of(ctx.actor, data.device)
    made = made_by(device, data.call)
    wanted = made.settings(data.ramp)
    plan = batches.plan_of(ctx, device, wanted, _read(ctx, device, wanted))
    lost = [f"{' / '.join(filter(None, path))} stays as it is. {UNREAD}" for path in made.unread()]
    return plan.model_copy(update={"risks": (*lost, *made.notes())})


def change_undo_writes(actor: Actor, data: QsysChangeUndoIn) -> tuple[Device, list[Write]]:
    """The Core and the controls that would be set back, for the policies."""
    device = core_of(actor, data.device)
    made = made_by(device, data.call)
    return device, of_paths(one.path for one in made.settings(data.ramp))


def change_undo_settle(ctx: Context, data: QsysChangeUndoIn, intent: UUID) -> Outcome | None:
    """Read the controls: as before the call means done; with a ramp still running, ask later."""
    device = core_of(ctx.actor, data.device)
    made = made_by(device, data.call, until=moment_of(ctx.call.id))
    wanted = made.settings(data.ramp)
    out = _out(device, made, wanted, {}, _read(ctx, device, wanted))
    if all(one.confirmed for one in out.results):
        return Outcome.done(out)
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=data.ramp + RAMP_GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, "The controls are not as they were; undo the change again."
    )


def _require_untouched(made: Made, wanted: list[Setting], now: Readings) -> None:
    for one in wanted:
        if not made.left_so(one.path, now[one.path], clock.now()):
            where = " / ".join(filter(None, one.path))
            raise Failure(
                Code.CONFLICT,
                f"{where} is {now[one.path].string} now and not as that call left it "
                f"({made.meant(one.path)}): somebody has changed it since. Give force to undo it "
                "all the same.",
            )


def _read(ctx: Context, device: Device, wanted: list[Setting]) -> Readings:
    return batches.read(ctx, device, [one.path for one in wanted])
