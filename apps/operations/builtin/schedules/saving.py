"""Saving a schedule: its operation is authorised, checked, planned and confirmed now."""

from typing import Any

import orjson

from apps.jobs.models import Schedule
from apps.jobs.selectors import schedule_get
from apps.jobs.services import schedule_save
from apps.jobs.timing import check_cron, check_zone, next_run, next_runs
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.kernel.redact import redacted, revealed
from apps.operations import carried
from apps.operations.admitted import Admitted
from apps.operations.builtin.schedules.schemas import (
    JobsScheduleCreateIn,
    JobsScheduleOut,
    JobsScheduleUpdateIn,
    view,
)
from apps.operations.confirm import plan_of
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan

FACES = frozenset({Face.REST, Face.MCP, Face.CONSOLE})


def create_targets(actor: Actor, data: JobsScheduleCreateIn) -> tuple[TargetRef, ...]:
    """What the scheduled operation would act on."""
    return _targets(_carried(actor, data.operation, data.input))


def update_targets(actor: Actor, data: JobsScheduleUpdateIn) -> tuple[TargetRef, ...]:
    """What the changed schedule would act on; the schedule itself must be the actor's, too."""
    return _targets(_carried_by_update(actor, data))


def create_danger(actor: Actor, data: JobsScheduleCreateIn) -> Danger:
    """A schedule is as dangerous as what it runs."""
    return carried.danger_of(data.operation)


def update_danger(actor: Actor, data: JobsScheduleUpdateIn) -> Danger:
    """The same for a changed one."""
    return carried.danger_of(_mine(actor, data).operation)


def create_plan(ctx: Context, data: JobsScheduleCreateIn) -> Plan:
    """What a run would do now."""
    _check_times(data.cron, data.time_zone)
    plan = plan_of(_carried(ctx.actor, data.operation, data.input))
    return _with_times(plan, data.cron, data.time_zone)


def update_plan(ctx: Context, data: JobsScheduleUpdateIn) -> Plan:
    """What a run of the changed schedule would do now."""
    row = _changed(_mine(ctx.actor, data), data)
    _check_times(row.cron, row.time_zone)
    return _with_times(plan_of(_carried_by_update(ctx.actor, data)), row.cron, row.time_zone)


def create(ctx: Context, data: JobsScheduleCreateIn) -> JobsScheduleOut:
    """Store it in the name of whoever saves it, with the plan that was confirmed."""
    fields = data.model_dump(exclude={"input", "operation"})
    row = Schedule(tenant_id=ctx.actor.tenant, **fields)
    return view(_save(ctx, row, _carried(ctx.actor, data.operation, data.input)))


def update(ctx: Context, data: JobsScheduleUpdateIn) -> JobsScheduleOut:
    """Store the changed one, now in the name of whoever changed it."""
    row = _mine(ctx.actor, data)
    ctx.before = view(row).model_dump(mode="json")
    saved = _save(ctx, _changed(row, data), _carried_by_update(ctx.actor, data))
    ctx.after = view(saved).model_dump(mode="json")
    return view(saved)


def _save(ctx: Context, row: Schedule, admitted: Admitted) -> Schedule:
    _check_times(row.cron, row.time_zone)
    targets = _targets(admitted)
    row.operation = admitted.operation.name
    row.input = redacted(admitted.data)
    row.owner_id = ctx.actor.id
    row.site_path = common_path([target.site_path for target in targets])
    row.device_id = targets[0].device_id if len(targets) == 1 else None
    row.plan = plan_of(admitted).model_dump(mode="json") if admitted.operation.plan else None
    row.next_run_at = (
        next_run(row.cron, row.time_zone, clock.now(), row.jitter_seconds) if row.enabled else None
    )
    return schedule_save(row)


def _carried(actor: Actor, operation: str, raw: dict[str, Any]) -> Admitted:
    admitted = carried.admitted(carried.carried_call(actor, operation, raw, Face.SCHEDULE))
    if orjson.loads(revealed(admitted.data)) != admitted.data.model_dump(mode="json"):
        raise invalid("input", "holds a secret, and schedules keep their input readable.")
    return admitted


def _carried_by_update(actor: Actor, data: JobsScheduleUpdateIn) -> Admitted:
    row = _mine(actor, data)
    return _carried(actor, row.operation, row.input if data.input is None else data.input)


def _mine(actor: Actor, data: JobsScheduleUpdateIn) -> Schedule:
    return schedule_get(actor, data.schedule)


def _changed(row: Schedule, data: JobsScheduleUpdateIn) -> Schedule:
    changes = data.model_dump(exclude={"schedule", "input"}, exclude_none=True)
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def _targets(admitted: Admitted) -> tuple[TargetRef, ...]:
    actor = admitted.call.actor
    return admitted.targets or (TargetRef("tenant", actor.tenant, admitted.operation.name),)


def _check_times(cron: str, zone: str) -> None:
    check_cron(cron)
    check_zone(zone)


def _with_times(plan: Plan, cron: str, zone: str) -> Plan:
    (first,) = next_runs(cron, zone, clock.now(), 1)
    risk = f"It runs by itself, first at {first.isoformat()}, without being asked again."
    return plan.model_copy(update={"risks": (*plan.risks, risk)})


def common_path(paths: list[str]) -> str:
    """The deepest place that holds all of `paths`."""
    parts = [path.strip("/").split("/") for path in paths]
    shared: list[str] = []
    for names in zip(*parts, strict=False):
        if len(set(names)) != 1 or not names[0]:
            break
        shared.append(names[0])
    return f"/{'/'.join(shared)}/" if shared else "/"


OPERATIONS = (
    Operation(
        name="jobs.schedule.create",
        summary="Run an operation by a schedule; what it would do is confirmed once, now.",
        input=JobsScheduleCreateIn,
        output=JobsScheduleOut,
        handler=create,
        targets=create_targets,
        plan=create_plan,
        raised=create_danger,
        permission="jobs.configure",
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=FACES,
    ),
    Operation(
        name="jobs.schedule.update",
        summary="Change a schedule; whoever changes it becomes its owner.",
        input=JobsScheduleUpdateIn,
        output=JobsScheduleOut,
        handler=update,
        targets=update_targets,
        plan=update_plan,
        raised=update_danger,
        permission="jobs.configure",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
