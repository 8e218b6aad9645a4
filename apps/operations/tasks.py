"""What Celery runs of this app: job steps, and the ticks that beat starts."""

from uuid import UUID

from celery import shared_task

from apps.accounts import assistants
from apps.accounts.services import expired_drop as tokens_drop
from apps.events.publish import old_drop
from apps.jobs import claims, queue
from apps.jobs.models import Job, JobState
from apps.jobs.services import job_lapse
from apps.operations import approvals, idempotency, schedules
from apps.operations.catalogue import installed
from apps.operations.core import Repeat
from apps.operations.endings import put_aside
from apps.operations.models import Approval
from apps.operations.settle import settle_due
from apps.operations.steps import run_job as run_step

#: A job whose workers keep dying is put aside for a person.
MOST_DEATHS = 3


@shared_task(name=queue.RUN_JOB, ignore_result=True)
def run_job(job_id: str) -> None:
    """One step of one job; harmless when doubled or late."""
    run_step(UUID(job_id))


@shared_task(name="operations.due", ignore_result=True)
def due() -> None:
    """Every second: schedules whose time has come, jobs whose sleep is over."""
    schedules.fire_due()
    for job_id in claims.due():
        queue.send(queue.RUN_JOB, str(job_id), queue="jobs", expires=10)


@shared_task(name="operations.recover", ignore_result=True)
def recover() -> None:
    """Every five seconds: jobs whose worker died, calls whose verdict was lost."""
    for job in claims.lapsed():
        take_up(job)
    settle_due()


@shared_task(name="operations.expire", ignore_result=True)
def expire() -> None:
    """Every five minutes: what is past its end goes."""
    tokens_drop()
    assistants.expired_drop()
    idempotency.expired_drop()
    approvals.expired_close()
    old_drop()


def take_up(job: Job) -> None:
    """Queue a lapsed job again, or have the device asked first; after three deaths a person."""
    if job.deaths + 1 >= MOST_DEATHS:
        put_aside(job, f"{MOST_DEATHS} workers died on this job; it is put aside for a person.")
        return
    operation = installed().get(job.operation)
    asked = operation.device or job.state == JobState.RECONCILING
    harmless = operation.repeat is Repeat.NATURAL and not asked
    job_lapse(job, target=JobState.QUEUED if harmless else JobState.RECONCILING)


@shared_task(name="operations.resume", ignore_result=True)
def resume(approval_id: str) -> None:
    """A granted request of a schedule goes on."""
    approval = Approval.system.filter(id=approval_id).first()
    if approval is not None:
        schedules.resume(approval)
