"""Jobs: look at one, wait for it, stop it, do it once more."""

import time
from datetime import datetime
from threading import BoundedSemaphore
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from pydantic import Field

from apps.jobs.models import Job, JobState
from apps.jobs.questions import pending
from apps.jobs.selectors import job_get, log_lines, open_retry
from apps.jobs.services import job_lock
from apps.jobs.transitions import FINAL
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, conflict
from apps.kernel.keyring import keyring
from apps.operations import carried
from apps.operations.admitted import Admitted
from apps.operations.confirm import plan_of
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Question, Repeat, Schema, TargetRef
from apps.operations.endings import cancel
from apps.operations.outcome import Plan
from apps.operations.perform import accepted

FACES: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE})
RETRYABLE: Final = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.NEEDS_HUMAN})
LONGEST_WAIT: Final = 25.0
LOOK_SECONDS: Final = 0.25
LAST_LINES: Final = 20
#: Threads of a process that may be held by callers who wait.
WAITING_MOST: Final = 8

_waiting: Final = BoundedSemaphore(WAITING_MOST)


JobId = Annotated[UUID, Field(description="Id of the job.")]


class JobsJobGetIn(Schema):
    """Which job, and how many of its last log lines."""

    job: JobId
    lines: int = Field(
        default=LAST_LINES, ge=0, le=1000, description="How many of its last log lines."
    )


class JobsJobWaitIn(Schema):
    """Which job, and how long to wait for its end at most."""

    job: JobId
    timeout: float = Field(
        default=LONGEST_WAIT, gt=0, le=LONGEST_WAIT, description="Seconds to wait at most."
    )


class JobsJobCancelIn(Schema):
    """Which job, and how it is stopped."""

    job: JobId
    hard: bool = Field(
        default=False,
        description="False: start nothing more. True: stop at the next safe point as well.",
    )


class JobsJobRetryIn(Schema):
    """Which job; it has to have failed, been cancelled or been put aside."""

    job: JobId


class JobsJobLine(Schema):
    """One line of a job's log."""

    at: datetime = Field(description="When it was written.")
    level: str = Field(description="info, warning or error.")
    message: str = Field(description="What happened.")


class JobsJobOut(Schema):
    """A job as it stands now. `finished` is false while anything may still happen."""

    job: UUID = Field(description="Id of the job.")
    operation: str = Field(description="What it does.")
    state: str = Field(description="Where it stands, such as running or succeeded.")
    finished: bool = Field(description="False while anything may still happen.")
    done: int = Field(description="Steps done.")
    total: int = Field(description="Steps in all; 0: not known.")
    sentence: str = Field(description="What it does now.")
    input: dict[str, Any] = Field(description="What it was asked, without secrets.")
    output: dict[str, Any] | None = Field(description="Its answer; null: none (yet).")
    code: str = Field(description="Kind of failure; else empty.")
    detail: str = Field(description="What went wrong; else empty.")
    cancel: str = Field(description="How it was asked to stop: soft or hard; else empty.")
    retry_of: UUID | None = Field(description="Id of the job that this one repeats; null: none.")
    actor: str = Field(description="Who asked for it.")
    created_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(description="When it began; null: it has not.")
    finished_at: datetime | None = Field(description="When it ended; null: it has not.")
    wake_at: datetime | None = Field(description="When it goes on; null: it does not wait.")
    questions: dict[str, Question] = Field(
        default_factory=dict, description="What the job waits to be told; see jobs.job.answer."
    )
    lines: list[JobsJobLine] = Field(description="The last lines of its log.")


class JobsJobCancelOut(Schema):
    """How the job stands; one that runs stops later, by itself."""

    job: UUID = Field(description="Id of the job.")
    state: str = Field(description="Where it stands.")
    cancel: str = Field(description="How it was asked to stop: soft or hard.")


class JobsJobRetryOut(Schema):
    """The new job, and where to follow it."""

    job: UUID = Field(description="Id of the new job.")
    retry_of: UUID = Field(description="Id of the job that it repeats.")
    url: str = Field(description="Where REST shows it.")


def get(ctx: Context, data: JobsJobGetIn) -> JobsJobOut:
    """The row and the end of its log."""
    return view(job_get(ctx.actor, data.job), data.lines)


def wait(ctx: Context, data: JobsJobWaitIn) -> JobsJobOut:
    """Look until the job is over or the time is; either way say how it stands.

    Where too many wait already it is said at once: waiting callers hold threads that others need.
    """
    job = job_get(ctx.actor, data.job)
    if job.state not in FINAL and _waiting.acquire(blocking=False):
        try:
            job = _until_over(ctx, job, min(data.timeout, ctx.remaining()))
        finally:
            _waiting.release()
    return view(job, LAST_LINES)


def _until_over(ctx: Context, job: Job, seconds: float) -> Job:
    until = clock.monotonic() + seconds
    while job.state not in FINAL and clock.monotonic() < until:
        time.sleep(min(LOOK_SECONDS, seconds))
        job = job_get(ctx.actor, job.id)
    return job


def view(job: Job, lines: int) -> JobsJobOut:
    """A row as callers see it."""
    return JobsJobOut(
        job=job.id,
        operation=job.operation,
        state=job.state,
        finished=job.state in FINAL,
        done=job.done,
        total=job.total,
        sentence=job.sentence,
        input=job.input,
        output=job.output,
        code=job.failure_code,
        detail=job.failure_detail,
        cancel=job.cancel,
        retry_of=job.retry_of_id,
        actor=job.actor_label,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        wake_at=job.wake_at,
        questions=pending(job),
        lines=[
            JobsJobLine(at=line.at, level=line.level, message=line.message)
            for line in log_lines(job, last=lines)
        ],
    )


def job_targets(
    actor: Actor, data: JobsJobGetIn | JobsJobWaitIn | JobsJobCancelIn
) -> tuple[TargetRef, ...]:
    """The job, at the place of what it acts on."""
    job = job_get(actor, data.job)
    return (TargetRef("job", job.id, str(job), job.site_path, job.device_id),)


def stop(ctx: Context, data: JobsJobCancelIn) -> JobsJobCancelOut:
    """Write the wish down; a job that has not started is cancelled at once."""
    job = job_get(ctx.actor, data.job)
    ctx.before = {"state": job.state, "cancel": job.cancel}
    cancel(job, hard=data.hard, actor=ctx.actor)
    job.refresh_from_db()
    ctx.after = {"state": job.state, "cancel": job.cancel}
    return JobsJobCancelOut(job=job.id, state=job.state, cancel=job.cancel)


def retry_targets(actor: Actor, data: JobsJobRetryIn) -> tuple[TargetRef, ...]:
    """What the job acts on; the job itself where that is nothing."""
    job = job_get(actor, data.job)
    place = TargetRef("job", job.id, str(job), job.site_path, job.device_id)
    return _once_more(actor, job).targets or (place,)


def retry_danger(actor: Actor, data: JobsJobRetryIn) -> Danger:
    """A retry is as dangerous as the first time."""
    return carried.danger_of(job_get(actor, data.job).operation)


def retry_plan(ctx: Context, data: JobsJobRetryIn) -> Plan:
    """What the job would do now."""
    return plan_of(_once_more(ctx.actor, job_get(ctx.actor, data.job)))


def retry(ctx: Context, data: JobsJobRetryIn) -> JobsJobRetryOut:
    """A new job with the same input, in the name of whoever retries."""
    job = job_lock(job_get(ctx.actor, data.job))
    if job.state not in RETRYABLE:
        raise conflict(f"Job {job.id} is {job.state}; only a job that went wrong is retried.")
    running = open_retry(job)
    if running is not None:
        raise conflict(f"Job {job.id} is being retried already, as job {running.id}.")
    made = accepted(_once_more(ctx.actor, job, ctx), retry_of=job.id).job
    if made is None:
        raise Failure(Code.INTERNAL, "A retry was accepted without a job.")
    return JobsJobRetryOut(job=made.id, retry_of=job.id, url=made.url)


def _once_more(actor: Actor, job: Job, ctx: Context | None = None) -> Admitted:
    raw = orjson.loads(keyring().unseal(bytes(job.sealed_input)))
    call = carried.carried_call(actor, job.operation, raw, Face(job.face))
    return carried.admitted(carried.with_reason(call, ctx.call) if ctx else call)


OPERATIONS = (
    Operation(
        name="jobs.job.get",
        aliases=("check_firmware_job_status", "check_baseline_job_status", "check_job_status"),
        summary="Show a job: its state, progress, answer and last log lines.",
        input=JobsJobGetIn,
        output=JobsJobOut,
        handler=get,
        targets=job_targets,
        permission="jobs.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="jobs.job.wait",
        summary="Wait up to 25 seconds for a job to end, then say how it stands.",
        input=JobsJobWaitIn,
        output=JobsJobOut,
        handler=wait,
        targets=job_targets,
        permission="jobs.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
        waits=True,
        time_limit=LONGEST_WAIT + 5,
    ),
    Operation(
        name="jobs.job.cancel",
        summary="Ask a job to stop: softly, or at its next safe point.",
        input=JobsJobCancelIn,
        output=JobsJobCancelOut,
        handler=stop,
        targets=job_targets,
        permission="jobs.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="jobs.job.retry",
        summary="Run a job that went wrong again, as a new job.",
        input=JobsJobRetryIn,
        output=JobsJobRetryOut,
        handler=retry,
        targets=retry_targets,
        plan=retry_plan,
        raised=retry_danger,
        permission="jobs.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=FACES | {Face.ADMIN},
    ),
)
