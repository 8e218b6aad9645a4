"""Running one step of a job: claim, recheck the actor, call the handler, store what came."""

import os
import socket
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from apps.jobs import claims
from apps.jobs.claims import Claim, LeaseLostError
from apps.jobs.models import Job, JobState
from apps.jobs.questions import job_ask
from apps.jobs.services import job_log, job_progress, job_rest, job_wait
from apps.jobs.telling import moved
from apps.jobs.transitions import move
from apps.kernel import clock
from apps.kernel.errors import Code, Failure, NeedsHuman, conflict
from apps.operations.admitted import Admitted
from apps.operations.catalogue import installed
from apps.operations.context import Context
from apps.operations.core import Again, Answer, Ask, Mode, Repeat
from apps.operations.endings import end_failed, end_ok, end_unknown, require_hold
from apps.operations.failures import is_retryable
from apps.operations.heartbeat import heartbeat
from apps.operations.outcome import Status
from apps.operations.perform import guarded
from apps.operations.readmit import readmit
from apps.operations.settle import GIVE_UP

MOST_RETRIES: Final = 10
FIRST_RETRY: Final = 1.0
LONGEST_RETRY: Final = 30.0

log = structlog.get_logger(__name__)


def run_job(job_id: UUID) -> bool:
    """Run the next step of a job if it is due and free; False when there was nothing to do."""
    claim = claims.claim(job_id, f"{socket.gethostname()}:{os.getpid()}")
    if claim is None:
        return False
    with structlog.contextvars.bound_contextvars(
        job_id=str(job_id), request_id=claim.job.request_id, trace_id=claim.job.trace_id
    ):
        try:
            with heartbeat(claim):
                step(claim)
        except LeaseLostError:
            log.warning("lease lost, step abandoned", epoch=claim.epoch)
    return True


def step(claim: Claim) -> None:
    """One call of the handler, and the transition it leads to."""
    operation = installed().get(claim.job.operation)
    admitted = readmit(claim.job, operation)
    if isinstance(admitted, Failure):
        end_failed(claim, None, admitted)
        return
    if claim.reconciling and not operation.device:
        end_unknown(claim, admitted)
        return
    ctx = context_of(claim, admitted)
    if claim.reconciling and operation.mode is Mode.INLINE:
        settle(claim, admitted, ctx)
        return
    if ctx.cancelled() and not operation.device:
        # Between two steps is a safe point of everything that holds no device.
        end_failed(claim, ctx, conflict("Cancelled between two steps."), admitted)
        return
    try:
        result = guarded(ctx, admitted)
    except Failure as failure:
        after_failure(claim, admitted, ctx, failure)
        return
    if isinstance(result, Again):
        sleep(claim, result)
        return
    if isinstance(result, Ask):
        ask(claim, result)
        return
    end_ok(claim, admitted, ctx, result)


def settle(claim: Claim, admitted: Admitted, ctx: Context) -> None:
    """An INLINE operation run as a job may have been done: the device is asked, not told again."""
    job, operation = claim.job, admitted.operation
    verdict = None
    if operation.settle is not None and job.intent_id is not None:
        try:
            verdict = operation.settle(ctx, admitted.data, job.intent_id)
        except Failure as failure:
            job_log(job, failure.detail, level="warning")
    if verdict is None and clock.now() - job.created_at > GIVE_UP:
        words = "For a day nothing could tell whether this was done."
        end_failed(claim, ctx, NeedsHuman(words), admitted)
    elif verdict is None:
        reconcile(claim, Failure(Code.INDETERMINATE, "It is not known yet whether it was done."))
    elif verdict.status is Status.ERROR:
        code = Code(verdict.code or Code.INTERNAL)
        end_failed(claim, ctx, Failure(code, verdict.detail or "It was not done."), admitted)
    else:
        end_ok(claim, admitted, ctx, operation.output.model_validate(verdict.output))


def sleep(claim: Claim, again: Again) -> None:
    """The handler wants to be called again; the tries of the step it finished are over."""
    with transaction.atomic():
        held = job_wait(
            claim.job,
            epoch=claim.epoch,
            source=JobState(claim.job.state),
            seconds=again.after,
            state=dict(again.state),
        )
        require_hold(held)
        Job.system.filter(id=claim.job.id, epoch=claim.epoch).update(retries=0)


def ask(claim: Claim, wish: Ask) -> None:
    """The handler has to be told something: the job waits for it as it waits for a time."""
    held = job_ask(
        claim.job,
        epoch=claim.epoch,
        source=JobState(claim.job.state),
        seconds=wish.within,
        state=dict(wish.state),
        questions={key: one.model_dump(mode="json") for key, one in wish.questions.items()},
    )
    require_hold(held)


def context_of(claim: Claim, admitted: Admitted) -> Context:
    """The context of one step."""
    job = claim.job

    def progress(done: int, total: int, sentence: str) -> None:
        held = job_progress(job, epoch=claim.epoch, done=done, total=total, sentence=sentence)
        require_hold(held)

    def line(message: str, level: str) -> None:
        job_log(job, message, level=level)

    def cancelled() -> str:
        return Job.system.filter(id=job.id).values_list("cancel", flat=True).get()

    return Context(
        call=admitted.call,
        deadline=clock.monotonic() + admitted.operation.time_limit,
        job_id=job.id,
        epoch=claim.epoch,
        state=job.step_state,
        answers={key: Answer.model_validate(said) for key, said in job.answers.items()},
        reconciling=claim.reconciling,
        report_progress=progress,
        write_line=line,
        ask_cancelled=cancelled,
    )


def after_failure(claim: Claim, admitted: Admitted, ctx: Context, failure: Failure) -> None:
    """Ask the device first, try again later, or end."""
    tries_left = claim.job.retries < MOST_RETRIES
    # A mistake of ours in the middle of device work says nothing about the device either.
    unknown = failure.code is Code.INDETERMINATE or (failure.code is Code.INTERNAL and tries_left)
    if unknown and admitted.operation.device:
        reconcile(claim, failure)
        return
    again = is_retryable(failure) and admitted.operation.repeat is not Repeat.NEVER
    if again and tries_left:
        retry_later(claim, failure)
        return
    end_failed(claim, ctx, failure, admitted)


def retry_later(claim: Claim, failure: Failure) -> None:
    """Wait as the failure says, or twice as long as the time before."""
    delay = failure.retry_after or delay_of(claim.job)
    with transaction.atomic():
        count_try(claim, f"{failure.detail} Trying again in {delay:.0f} s.")
        require_hold(wait(claim, delay))


def wait(claim: Claim, seconds: float) -> bool:
    """Sleep without losing sight of what has to be asked of the device first."""
    job = claim.job
    if job.state == JobState.RECONCILING:
        return job_rest(job, epoch=claim.epoch, seconds=seconds)
    return job_wait(
        job, epoch=claim.epoch, source=JobState.RUNNING, seconds=seconds, state=job.step_state
    )


def reconcile(claim: Claim, failure: Failure) -> None:
    """The device may or may not have done it: the next step asks, and the one after that."""
    job = claim.job
    with transaction.atomic():
        count_try(claim, failure.detail)
        if job.state == JobState.RECONCILING:
            require_hold(job_rest(job, epoch=claim.epoch, seconds=delay_of(job)))
            return
        held = move(
            job.id,
            source=JobState.RUNNING,
            target=JobState.RECONCILING,
            epoch=claim.epoch,
            wake_at=clock.now(),
            lease_until=None,
            lease_owner="",
        )
        require_hold(held)
        job.state = JobState.RECONCILING
        moved(job, JobState.RUNNING, detail=failure.detail)


def delay_of(job: Job) -> float:
    """Seconds until the next try: twice as long each time, up to a bound."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(job.retries, MOST_RETRIES))


def count_try(claim: Claim, why: str) -> None:
    """One try more on the row, and the reason in the log."""
    rows = Job.system.filter(id=claim.job.id, epoch=claim.epoch)
    rows.update(retries=claim.job.retries + 1)
    job_log(claim.job, why, level="warning")
