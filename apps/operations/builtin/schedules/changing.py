"""Pausing, resuming and deleting a schedule, and looking ahead."""

from typing import Any

from apps.jobs.models import Schedule
from apps.jobs.selectors import schedule_get
from apps.jobs.services import schedule_delete, schedule_enable
from apps.jobs.timing import check_cron, check_zone, next_run, next_runs
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.operations.builtin.schedules.saving import FACES
from apps.operations.builtin.schedules.schemas import (
    JobsScheduleDeleteIn,
    JobsScheduleOut,
    JobsSchedulePauseIn,
    JobsSchedulePreviewIn,
    JobsSchedulePreviewOut,
    JobsScheduleResumeIn,
    view,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, TargetRef


def targets(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """The schedule, at the place of what it acts on."""
    row = schedule_get(actor, data.schedule)
    return (TargetRef("schedule", row.id, row.name, row.site_path, row.device_id),)


def delete(ctx: Context, data: JobsScheduleDeleteIn) -> JobsScheduleOut:
    """Forget it."""
    row = schedule_get(ctx.actor, data.schedule)
    shown = view(row)
    schedule_delete(row)
    ctx.before = shown.model_dump(mode="json")
    return shown


def pause(ctx: Context, data: JobsSchedulePauseIn) -> JobsScheduleOut:
    """No run until it is resumed."""
    row = schedule_get(ctx.actor, data.schedule)
    schedule_enable(row, enabled=False, next_run_at=None)
    return _again(row)


def resume(ctx: Context, data: JobsScheduleResumeIn) -> JobsScheduleOut:
    """Run again from the next time on; what was missed meanwhile is not caught up."""
    row = schedule_get(ctx.actor, data.schedule)
    following = next_run(row.cron, row.time_zone, clock.now(), row.jitter_seconds)
    schedule_enable(row, enabled=True, next_run_at=following)
    return _again(row)


def _again(row: Schedule) -> JobsScheduleOut:
    row.refresh_from_db()
    return view(row)


def preview(ctx: Context, data: JobsSchedulePreviewIn) -> JobsSchedulePreviewOut:
    """When it would run; daylight saving included."""
    check_cron(data.cron)
    check_zone(data.time_zone)
    return JobsSchedulePreviewOut(
        runs=next_runs(data.cron, data.time_zone, clock.now(), data.count)
    )


OPERATIONS = (
    Operation(
        name="jobs.schedule.delete",
        summary="Delete a schedule; a job it started goes on.",
        input=JobsScheduleDeleteIn,
        output=JobsScheduleOut,
        handler=delete,
        targets=targets,
        permission="jobs.configure",
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="jobs.schedule.pause",
        summary="Pause a schedule until it is resumed.",
        input=JobsSchedulePauseIn,
        output=JobsScheduleOut,
        handler=pause,
        targets=targets,
        permission="jobs.configure",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="jobs.schedule.resume",
        summary="Let a paused schedule run again.",
        input=JobsScheduleResumeIn,
        output=JobsScheduleOut,
        handler=resume,
        targets=targets,
        permission="jobs.configure",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="jobs.schedule.preview",
        summary="Show the next runs of a cron expression, in UTC.",
        input=JobsSchedulePreviewIn,
        output=JobsSchedulePreviewOut,
        handler=preview,
        permission="jobs.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
        pure=True,
    ),
)
