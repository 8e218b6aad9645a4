"""Reads of jobs and schedules, always for somebody."""

from datetime import datetime
from typing import Final
from uuid import UUID

from apps.jobs.models import Job, JobLog, JobState, Schedule
from apps.jobs.models.job import JobRows
from apps.jobs.models.schedule import ScheduleRows
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found

#: Jobs from which the usual duration is told, and how many there have to be.
RECENT: Final = 20
FEWEST: Final = 3


def jobs(actor: Actor) -> JobRows:
    """Jobs the actor may see, newest first."""
    return Job.objects.for_actor(actor, "jobs.view")


def job_get(actor: Actor, job_id: UUID) -> Job:
    """One job; raises `not_found` in the same words whether absent or foreign."""
    job = jobs(actor).filter(id=job_id).first()
    if job is None:
        raise not_found("job", job_id)
    return job


def usual_seconds(actor: Actor, operation: str) -> tuple[float, float] | None:
    """Within which time jobs of this operation succeeded lately; None while too few are known.

    The shortest and longest of the last `RECENT`, without the tenth at either end.
    """
    rows = jobs(actor).filter(operation=operation, state=JobState.SUCCEEDED)
    ends = rows.values_list("created_at", "finished_at")[:RECENT]
    times = sorted((end - begin).total_seconds() for begin, end in ends if end is not None)
    if len(times) < FEWEST:
        return None
    edge = len(times) // 10
    return times[edge], times[-1 - edge]


def log_lines(
    job: Job, *, after: int = 0, limit: int = 1000, last: int | None = None
) -> list[JobLog]:
    """Lines of a job the caller was given, after line `after`; or its `last` ones."""
    rows = JobLog.objects.filter(job=job, id__gt=after)
    if last is None:
        return list(rows[:limit])
    return list(reversed(rows.order_by("-id")[:last]))


def open_retry(job: Job) -> Job | None:
    """A job that repeats this one and is not over."""
    return Job.system.filter(retry_of=job, finished_at=None).first()


def schedules(actor: Actor) -> ScheduleRows:
    """Schedules the actor may see."""
    return Schedule.objects.for_actor(actor, "jobs.view")


def schedule_get(actor: Actor, schedule_id: UUID) -> Schedule:
    """One schedule; raises `not_found` in the same words whether absent or foreign."""
    schedule = schedules(actor).filter(id=schedule_id).first()
    if schedule is None:
        raise not_found("schedule", schedule_id)
    return schedule


def due_schedules(now: datetime, limit: int = 100) -> list[Schedule]:
    """Schedules whose time has come, longest waiting first."""
    rows = Schedule.system.filter(enabled=True, next_run_at__lte=now)
    return list(rows.order_by("next_run_at")[:limit])


def open_job_of_schedule(schedule: Schedule) -> Job | None:
    """The job that the schedule's last run started, when it is not over."""
    if schedule.last_job_id is None:
        return None
    return Job.system.filter(id=schedule.last_job_id, finished_at=None).first()


def oldest_waiting(now: datetime) -> datetime | None:
    """Since when the longest-waiting due job has not been taken by a worker."""
    queued = Job.system.filter(state=JobState.QUEUED).order_by("created_at").first()
    asleep = (
        Job.system.filter(
            state__in=(JobState.WAITING, JobState.RECONCILING), lease_until=None, wake_at__lte=now
        )
        .order_by("wake_at")
        .first()
    )
    moments = [queued.created_at] if queued else []
    if asleep is not None and asleep.wake_at is not None:
        moments.append(asleep.wake_at)
    return min(moments, default=None)
