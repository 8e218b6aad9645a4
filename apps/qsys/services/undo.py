"""Taking a change back: what the audit trail says it was before, set again and read back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from apps.audit import selectors as trail
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, not_found
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan
from apps.qsys.policies import Write, of_paths
from apps.qsys.schemas.batches import QsysChangeUndoIn, QsysChangeUndoOut
from apps.qsys.schemas.fields import Scalar
from apps.qsys.services import batches
from apps.qsys.services.controls import RAMP_GRACE, is_near
from apps.qsys.services.cores import core_of
from apps.qsys.services.many import Path, Readings, Setting, setting, worth

UNDOABLE: Final = (
    "qsys.control.set",
    "qsys.control.batch",
    "qsys.snapshot.load",
    "qsys.mixer.set",
    "qsys.change.undo",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A change as the trail keeps it: the call, and each control before and after it."""

    call: UUID
    before: dict[Path, Scalar]
    after: dict[Path, Scalar]

    def settings(self, ramp: float) -> list[Setting]:
        """What sets everything back."""
        moved = {p: v for p, v in self.before.items() if not alike(v, self.after.get(p))}
        return [setting(path, value, ramp=ramp) for path, value in moved.items()]


def change_undo(ctx: Context, data: QsysChangeUndoIn) -> QsysChangeUndoOut:
    """Set back what one call changed, unless somebody has changed it since."""
    device = core_of(ctx.actor, data.device)
    made = made_by(device, data.call)
    wanted = made.settings(data.ramp)
    if not data.force:
        _require_untouched(made, wanted, _read(ctx, device, wanted))
    before, after = batches.apply(ctx, device, wanted)
    results = batches.results_of(wanted, before, after)
    return QsysChangeUndoOut(
        device=device.id,
        undone=made.call,
        results=results,
        confirmed=all(one.confirmed for one in results),
    )


def change_undo_plan(ctx: Context, data: QsysChangeUndoIn) -> Plan:
    """Each control with what it is now and what it was before the call."""
    device = core_of(ctx.actor, data.device)
    wanted = made_by(device, data.call).settings(data.ramp)
    return batches.plan_of(ctx, device, wanted, _read(ctx, device, wanted))


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
    results = batches.results_of(wanted, {}, _read(ctx, device, wanted))
    if all(one.confirmed for one in results):
        return Outcome.done(
            QsysChangeUndoOut(device=device.id, undone=made.call, results=results, confirmed=True)
        )
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=data.ramp + RAMP_GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, "The controls are not as they were; undo the change again."
    )


def made_by(device: Device, call: UUID | None, *, until: Any = None) -> Made:
    """A change of a device by its call, or the newest one; raises `not_found` or `conflict`."""
    row = trail.newest_done(device.id, UNDOABLE, call_id=call, until=until)
    if row is None and call is not None:
        raise not_found("change", call)
    if row is None or row.call_id is None:
        raise Failure(Code.CONFLICT, f"Nothing was changed on {device.name} that can be undone.")
    before = _controls(row.before, row.input)
    after = _controls(row.after, row.input) | _on_their_way(row.input)
    if isinstance(row.before, dict) and row.before.get("changed", 0) > len(before):
        raise Failure(
            Code.CONFLICT,
            f"That call changed {row.before['changed']} controls, more than the trail keeps; "
            "recall a snapshot instead.",
        )
    if not any(value is not None for value in before.values()):
        raise Failure(
            Code.CONFLICT,
            "Nobody read what the controls were before that call, so it cannot be undone.",
        )
    return Made(row.call_id, before, after)


def _controls(side: Any, given: dict[str, Any]) -> dict[Path, Scalar]:
    """One side of a trail row: a single reading, or a list of paths with values."""
    if not isinstance(side, dict):
        return {}
    if "controls" in side:
        return {(component, name): value for component, name, value in side["controls"]}
    value = side.get("string") or None if side.get("value") is None else side.get("value")
    return {_path(given): value}


def _on_their_way(given: dict[str, Any]) -> dict[Path, Scalar]:
    """Controls that the call ramped, and where to: the trail saw them under way."""
    settings = given.get("settings", [given])
    return {
        _path(one): one["value"]
        for one in settings
        if one.get("ramp") and one.get("value") is not None
    }


def _path(given: dict[str, Any]) -> Path:
    return given.get("component"), str(given.get("control"))


def _require_untouched(made: Made, wanted: list[Setting], now: Readings) -> None:
    for one in wanted:
        left, found = made.after.get(one.path), worth(now[one.path])
        if not alike(left, found):
            where = " / ".join(filter(None, one.path))
            raise Failure(
                Code.CONFLICT,
                f"{where} is {now[one.path].string} now and not as that call left it ({left}): "
                "somebody has changed it since. Give force to undo it all the same.",
            )


def _read(ctx: Context, device: Device, wanted: list[Setting]) -> Readings:
    return batches.read(ctx, device, [one.path for one in wanted])


def alike(one: Scalar, other: Scalar) -> bool:
    """Whether two kept values are the same, up to rounding."""
    return one == other or is_near(one, other)
