"""The only place that sends Celery messages. A message says which row to look at, no more."""

from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

RUN_JOB = "operations.run_job"

log = structlog.get_logger(__name__)


def wake(job_id: UUID) -> None:
    """After commit, tell a worker to look at the job."""
    transaction.on_commit(lambda: send(RUN_JOB, str(job_id), queue="jobs"))


def send(task: str, *arguments: object, queue: str, expires: float | None = None) -> bool:
    """Send one message; False when the broker is away (a tick will look at the rows again)."""
    try:
        current_app.send_task(
            task, args=arguments, queue=queue, expires=expires, retry=False, ignore_result=True
        )
    except OperationalError as error:
        log.warning("message not sent", task=task, error=str(error))
        return False
    return True
