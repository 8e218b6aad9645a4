"""Changes of jobs: row first, then log, event and wake-up, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.events.publish import publish
from apps.events.types import JobLogged
from apps.jobs import queue
from apps.jobs.models import Cancel, Job, JobLog, JobState, Schedule
from apps.jobs.telling import announce, moved
from apps.jobs.transitions import FINAL, OPEN, move
from apps.kernel import clock
from apps.kernel.errors import conflict
from apps.kernel.keyring import reseal


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended."""

    state: JobState
    output: dict[str, Any] | None = None
    code: str = ""
    detail: str = ""


def job_create(job: Job) -> Job:
    """Store an accepted call and wake a worker after commit."""
    job.save(force_insert=True)
    announce(job)
    queue.wake(job.id)
    return job


def job_lock(job: Job) -> Job:
    """The row as it is now, held until the running transaction ends."""
    return Job.system.select_for_update().get(id=job.id)


def job_log(job: Job, message: str, *, level: str = "info") -> None:
    """Add a line to the live log."""
    with transaction.atomic():
        line = JobLog.objects.create(job_id=job.id, level=level, message=message[:1000])
        event = JobLogged(job_id=job.id, number=line.id, level=level, message=line.message)
        publish(event, tenant_id=job.tenant_id, site_path=job.site_path, device_id=job.device_id)


def job_progress(job: Job, *, epoch: int, done: int, total: int, sentence: str) -> bool:
    """Record progress; False when the lease is lost, and nothing was written."""
    with transaction.atomic():
        rows = Job.system.filter(id=job.id, epoch=epoch, state__in=OPEN)
        told = {"done": done, "total": total, "sentence": sentence[:300]}
        if not rows.update(**told, updated_at=clock.now()):
            return False
        job.done, job.total, job.sentence = done, total, sentence[:300]
        announce(job)
    return True


def job_wait(
    job: Job, *, epoch: int, source: JobState, seconds: float, state: dict[str, Any] | None
) -> bool:
    """Put the job to sleep: `waiting` with a time to wake, and no worker busy with it."""
    wake_at = clock.now() + timedelta(seconds=seconds)
    with transaction.atomic():
        held = move(
            job.id,
            source=source,
            target=JobState.WAITING,
            epoch=epoch,
            wake_at=wake_at,
            step_state=state,
            questions={},
            lease_until=None,
            lease_owner="",
        )
        if held:
            job.state, job.wake_at = JobState.WAITING, wake_at
            if source is JobState.RECONCILING:
                moved(job, source, detail="What is true is known; the job goes on.")
            else:
                announce(job)
    return held


def job_rest(job: Job, *, epoch: int, seconds: float) -> bool:
    """Leave a job that is reconciling in that state, to be looked at again later."""
    rows = Job.system.filter(id=job.id, epoch=epoch, state=JobState.RECONCILING)
    now = clock.now()
    wake_at = now + timedelta(seconds=seconds)
    return rows.update(wake_at=wake_at, updated_at=now, lease_until=None, lease_owner="") == 1


def job_end(job: Job, *, epoch: int | None, source: JobState, ending: Ending) -> bool:
    """Bring the job to a final state, once."""
    with transaction.atomic():
        ended = move(
            job.id,
            source=source,
            target=ending.state,
            epoch=epoch,
            output=ending.output,
            failure_code=ending.code,
            failure_detail=ending.detail[:500],
            finished_at=clock.now(),
            wake_at=None,
            lease_until=None,
            lease_owner="",
        )
        if ended:
            job.state = ending.state
            announce(job)
    return ended


def job_lapse(job: Job, *, target: JobState) -> bool:
    """A worker stopped renewing: to the queue again, or to ask the device first."""
    before, words = JobState(job.state), "The worker stopped answering; the job is taken up again."
    with transaction.atomic():
        lapsed = (
            Job.system.filter(
                id=job.id, epoch=job.epoch, state=job.state, lease_until=job.lease_until
            ).update(
                state=target,
                deaths=job.deaths + 1,
                lease_until=None,
                lease_owner="",
                wake_at=clock.now(),
            )
            == 1
        )
        if lapsed:
            job.state, job.deaths = target, job.deaths + 1
            job_log(job, words, level="warning")
            moved(job, before, detail=words)
            queue.wake(job.id)
    return lapsed


def job_cancel(job: Job, *, hard: bool) -> JobState:
    """Ask a job to stop; one that has not started is cancelled at once.

    Soft: start nothing more. Hard: stop at the next safe point. Raises `conflict` when the job
    is over.
    """
    if job.state in FINAL:
        raise conflict(f"Job {job.id} is already {job.state}; nothing is left to cancel.")
    ending = Ending(JobState.CANCELLED, code="cancelled", detail="Cancelled before it started.")
    if job.state == JobState.QUEUED and job_end(
        job, epoch=None, source=JobState.QUEUED, ending=ending
    ):
        return JobState.CANCELLED
    wish = Cancel.HARD if hard else Cancel.SOFT
    Job.system.filter(id=job.id, state__in=OPEN).filter(~Q(cancel=Cancel.HARD)).update(
        cancel=wish, wake_at=clock.now()
    )
    queue.wake(job.id)
    return JobState(job.state)


def job_stop(job: Job) -> bool:
    """Wish a running job to stop at its next safe point; False when that was wished before."""
    rows = Job.system.filter(id=job.id, state__in=OPEN).filter(~Q(cancel=Cancel.HARD))
    return rows.update(cancel=Cancel.HARD) == 1


def inputs_rotate() -> int:
    """Seal the inputs of all jobs under the newest key (an ended one may be retried)."""
    return reseal(Job.system.all(), "sealed_input")


def schedule_claim(schedule: Schedule, *, next_run_at: Any) -> bool:
    """Take one due run; False when another beat took it."""
    rows = Schedule.system.filter(id=schedule.id, enabled=True, next_run_at=schedule.next_run_at)
    return rows.update(next_run_at=next_run_at, last_run_at=clock.now()) == 1


def schedule_note(
    schedule_id: UUID, *, verdict: str, detail: str = "", job_id: UUID | None = None
) -> None:
    """Record how the last run went."""
    Schedule.system.filter(id=schedule_id).update(
        last_verdict=verdict[:30], last_detail=detail[:300], last_job_id=job_id
    )


def schedule_save(schedule: Schedule) -> Schedule:
    """Store a new or changed schedule; raises `conflict` when its name is taken."""
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError:
        raise conflict(
            f"There is a schedule named {schedule.name!r} already; choose another name."
        ) from None
    return schedule


def schedule_delete(schedule: Schedule) -> None:
    """Forget a schedule; a job it started goes on."""
    Schedule.system.filter(id=schedule.id).delete()


def schedule_enable(schedule: Schedule, *, enabled: bool, next_run_at: datetime | None) -> None:
    """Let it run at `next_run_at`, or pause it."""
    Schedule.system.filter(id=schedule.id).update(enabled=enabled, next_run_at=next_run_at)
