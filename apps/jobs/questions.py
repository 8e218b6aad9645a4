"""Questions of jobs: asked by a step, answered one by one, and then the job is woken."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from apps.jobs import queue
from apps.jobs.models import Job, JobState
from apps.jobs.services import job_lock
from apps.jobs.telling import announce
from apps.jobs.transitions import FINAL, move
from apps.kernel import clock
from apps.kernel.errors import conflict, invalid


def pending(job: Job) -> dict[str, Any]:
    """What the job waits to be told, by key; empty when it waits for nothing of the kind."""
    if job.state != JobState.WAITING:
        return {}
    return {key: asked for key, asked in job.questions.items() if key not in job.answers}


def job_ask(
    job: Job,
    *,
    epoch: int,
    source: JobState,
    seconds: float,
    state: dict[str, Any],
    questions: Mapping[str, Any],
) -> bool:
    """Let the job wait for answers, `seconds` at most; False when the lease is lost.

    An answer given before to a key that is asked again counts no more.
    """
    kept = {key: said for key, said in job.answers.items() if key not in questions}
    with transaction.atomic():
        moved = move(
            job.id,
            source=source,
            target=JobState.WAITING,
            epoch=epoch,
            wake_at=clock.now() + timedelta(seconds=seconds),
            step_state=state,
            questions=dict(questions),
            answers=kept,
            lease_until=None,
            lease_owner="",
        )
        if moved:
            job.state = JobState.WAITING
            announce(job)
    return moved


def job_answer(job: Job, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was said, and wake the job when nothing is open any more; what still is.

    Raises `conflict` when the job is over and `invalid` for a key that it does not ask for.
    """
    with transaction.atomic():
        row = job_lock(job)
        if row.state in FINAL:
            raise conflict(f"Job {row.id} is already {row.state}; it asks for nothing any more.")
        asked = pending(row)
        for key in answers:
            if key not in asked:
                raise invalid(
                    f"answers.{key}",
                    "is not asked for now.",
                    allowed=", ".join(asked) or "nothing: the job asks for nothing",
                )
        row.answers = {**row.answers, **answers}
        fields = ["answers", "updated_at"]
        left = pending(row)
        if not left:
            row.wake_at = clock.now()
            fields.append("wake_at")
            queue.wake(row.id)
        row.save(update_fields=fields)
        announce(row)
    return left
