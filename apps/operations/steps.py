"""Running one step of a job: claim, recheck the actor, call the handler, store what came."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import orjson
import structlog
from django.db import connection, transaction
from pydantic import BaseModel

from apps.audit import services as audit
from apps.jobs import claims
from apps.jobs.claims import Claim, LeaseLostError
from apps.jobs.models import Job, JobState
from apps.jobs.services import Ending, announce, job_end, job_log, job_progress, job_wait
from apps.jobs.transitions import move
from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.operations.actors import actor_now
from apps.operations.admit import Admitted
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.context import Context
from apps.operations.core import Again, AnyOperation, Face, Repeat
from apps.operations.failures import is_retryable
from apps.operations.idempotency import body_hash
from apps.operations.perform import Begun, dumped, evidence, guarded

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
    job, operation = claim.job, installed().get(claim.job.operation)
    admitted = readmit(job, operation)
    if isinstance(admitted, Failure):
        end_failed(claim, None, admitted)
        return
    if claim.reconciling and not operation.device:
        end_unknown(claim, admitted)
        return
    ctx = context_of(claim, admitted)
    try:
        result = guarded(ctx, admitted)
    except Failure as failure:
        after_failure(claim, admitted, ctx, failure)
        return
    if isinstance(result, Again):
        require_hold(
            job_wait(
                job,
                epoch=claim.epoch,
                source=JobState(job.state),
                seconds=result.after,
                state=dict(result.state),
            )
        )
        return
    end_ok(claim, admitted, ctx, result)


def readmit(job: Job, operation: AnyOperation) -> Admitted | Failure:
    """The call again, under the rights its actor has now."""
    reference = {
        "kind": job.actor_kind,
        "id": job.actor_id,
        "label": job.actor_label,
        "acts_for": job.acts_for,
        "credential_id": job.credential_id,
    }
    actor = actor_now(reference, job.tenant_id)
    if actor is None or not actor.may(operation.permission):
        return Failure(
            Code.FORBIDDEN, "Whoever asked for this may not do it any more; the job stops here."
        )
    data = operation.input.model_validate(orjson.loads(keyring().unseal(bytes(job.sealed_input))))
    call = Call(
        operation=operation.name,
        input={},
        actor=actor,
        face=Face(job.face),
        id=job.call_id,
        reason=job.reason,
        request_id=job.request_id,
        trace_id=job.trace_id,
    )
    targets = operation.targets(actor, data) if operation.targets else ()
    return Admitted(operation, call, data, targets, body_hash(data))


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
        reconciling=claim.reconciling,
        report_progress=progress,
        write_line=line,
        ask_cancelled=cancelled,
    )


def require_hold(held: bool) -> None:
    """Stop the step when a guarded write found another epoch."""
    if not held:
        raise LeaseLostError


def after_failure(claim: Claim, admitted: Admitted, ctx: Context, failure: Failure) -> None:
    """Try again later, ask the device first, or end."""
    job = claim.job
    if failure.code is Code.INDETERMINATE and admitted.operation.device:
        to_reconciling(claim, failure)
        return
    again = is_retryable(failure) and admitted.operation.repeat is not Repeat.NEVER
    if again and job.retries < MOST_RETRIES:
        retry_later(claim, failure)
        return
    end_failed(claim, ctx, failure, admitted)


def retry_later(claim: Claim, failure: Failure) -> None:
    """Wait as the failure says, or twice as long as the time before."""
    job = claim.job
    delay = failure.retry_after or min(LONGEST_RETRY, FIRST_RETRY * 2**job.retries)
    with transaction.atomic():
        Job.system.filter(id=job.id, epoch=claim.epoch).update(retries=job.retries + 1)
        job_log(job, f"{failure.detail} Trying again in {delay:.0f} s.", level="warning")
        require_hold(
            job_wait(
                job,
                epoch=claim.epoch,
                source=JobState(job.state),
                seconds=delay,
                state=job.step_state,
            )
        )


def to_reconciling(claim: Claim, failure: Failure) -> None:
    """The device may or may not have done it: the next step asks."""
    job = claim.job
    if job.state == JobState.RECONCILING:
        require_hold(
            job_wait(
                job,
                epoch=claim.epoch,
                source=JobState.RECONCILING,
                seconds=5,
                state=job.step_state,
            )
        )
        return
    with transaction.atomic():
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
        job_log(job, failure.detail, level="warning")
        announce(job)


def end_ok(claim: Claim, admitted: Admitted, ctx: Context, output: BaseModel) -> None:
    """Final success: job, audit outcome and event in one transaction."""
    body = dumped(output)
    with transaction.atomic():
        ending = Ending(JobState.SUCCEEDED, output=body)
        require_hold(
            job_end(claim.job, epoch=claim.epoch, source=JobState(claim.job.state), ending=ending)
        )
        evidence(begun_of(claim.job, admitted), ctx, verdict="ok", detail="", output=body)


def end_failed(
    claim: Claim, ctx: Context | None, failure: Failure, admitted: Admitted | None = None
) -> None:
    """Final failure, or a cancellation that the handler reported as one."""
    job = claim.job
    cancelled = failure.code is Code.CONFLICT and bool(job.cancel)
    state = JobState.CANCELLED if cancelled else JobState.FAILED
    with transaction.atomic():
        ending = Ending(state, code=failure.code, detail=failure.detail)
        require_hold(job_end(job, epoch=claim.epoch, source=JobState(job.state), ending=ending))
        job_log(job, failure.detail, level="error")
        if admitted is not None and ctx is not None:
            evidence(
                begun_of(job, admitted), ctx, verdict=failure.code, detail=failure.detail, output={}
            )
        else:
            bare_evidence(job, failure)


def end_unknown(claim: Claim, admitted: Admitted) -> None:
    """A worker died in work that nobody can ask about: repeat it only if that is harmless."""
    if admitted.operation.repeat is Repeat.NATURAL:
        require_hold(
            job_wait(
                claim.job,
                epoch=claim.epoch,
                source=JobState.RECONCILING,
                seconds=0,
                state=claim.job.step_state,
            )
        )
        return
    detail = "A worker died while doing this and nothing can tell how far it came."
    with transaction.atomic():
        ending = Ending(JobState.NEEDS_HUMAN, code=Code.INDETERMINATE, detail=detail)
        require_hold(
            job_end(claim.job, epoch=claim.epoch, source=JobState.RECONCILING, ending=ending)
        )
        bare_evidence(claim.job, Failure(Code.INDETERMINATE, detail))


def bare_evidence(job: Job, failure: Failure) -> None:
    """The audit outcome of a job whose call cannot be built again."""
    act = audit.Act(
        operation=job.operation,
        face=job.face,
        actor=system_actor("jobs", tenant_id=job.tenant_id),
        call_id=job.call_id,
        job_id=job.id,
        request_id=job.request_id,
        subject=audit.Subject("job", job.id, job.object_label, job.site_path, job.device_id),
    )
    audit.outcome(act, intent_id=job.intent_id, verdict=failure.code, detail=failure.detail)


def begun_of(job: Job, admitted: Admitted) -> Begun:
    """The beginning that the request's transaction committed."""
    elapsed = (clock.now() - job.created_at).total_seconds()
    if job.intent_id is None:
        raise ValueError(f"job {job.id} was accepted without an intent")
    return Begun(admitted, job.intent_id, clock.monotonic() - elapsed)


@contextmanager
def heartbeat(claim: Claim) -> Iterator[None]:
    """Renew the lease from a side thread for as long as the block runs."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(claims.RENEW_SECONDS):
                if not claims.renew(claim.job.id, claim.epoch):
                    return
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease-{claim.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
