"""How a job ends: its state, the audit outcome of its call and the event, in one transaction."""

from django.db import transaction
from pydantic import BaseModel

from apps.audit import services as audit
from apps.jobs.claims import Claim, LeaseLostError
from apps.jobs.models import Cancel, Job, JobState
from apps.jobs.services import Ending, job_cancel, job_end, job_log, job_wait
from apps.kernel import clock
from apps.kernel.actor import Actor, system_actor
from apps.kernel.errors import Code, Failure, NeedsHuman
from apps.operations.admitted import Admitted
from apps.operations.context import Context
from apps.operations.core import Repeat
from apps.operations.perform import Begun, dumped, evidence


def require_hold(held: bool) -> None:
    """Stop the step when a guarded write found another epoch."""
    if not held:
        raise LeaseLostError


def end_ok(claim: Claim, admitted: Admitted, ctx: Context, output: BaseModel) -> None:
    """Final success, whole or in part."""
    body = dumped(output)
    state = JobState.PARTIAL if ctx.partial else JobState.SUCCEEDED
    with transaction.atomic():
        end(claim, Ending(state, output=body))
        verdict = "partial" if ctx.partial else "ok"
        evidence(begun_of(claim.job, admitted), ctx, verdict=verdict, detail="", output=body)


def end_failed(
    claim: Claim, ctx: Context | None, failure: Failure, admitted: Admitted | None = None
) -> None:
    """Final failure, or a cancellation that the handler reported as one."""
    job = claim.job
    with transaction.atomic():
        end(claim, Ending(final_state(job, failure), code=failure.code, detail=failure.detail))
        job_log(job, failure.detail, level="error")
        if admitted is not None and ctx is not None:
            begun = begun_of(job, admitted)
            evidence(begun, ctx, verdict=failure.code, detail=failure.detail, output={})
        else:
            bare_evidence(job, failure)


def final_state(job: Job, failure: Failure) -> JobState:
    """Failed, unless the failure is a person's to judge or the answer to a wish to stop."""
    if isinstance(failure, NeedsHuman):
        return JobState.NEEDS_HUMAN
    wish = Job.system.filter(id=job.id).values_list("cancel", flat=True).first()
    cancelled = failure.code is Code.CONFLICT and wish in (Cancel.SOFT, Cancel.HARD)
    return JobState.CANCELLED if cancelled else JobState.FAILED


def end_unknown(claim: Claim, admitted: Admitted) -> None:
    """A worker died in work that nobody can ask about: repeat it only if that is harmless."""
    job = claim.job
    if admitted.operation.repeat is Repeat.NATURAL:
        held = job_wait(
            job,
            epoch=claim.epoch,
            source=JobState.RECONCILING,
            seconds=0,
            state=job.step_state,
        )
        require_hold(held)
        return
    detail = "A worker died while doing this and nothing can tell how far it came."
    with transaction.atomic():
        end(claim, Ending(JobState.NEEDS_HUMAN, code=Code.INDETERMINATE, detail=detail))
        bare_evidence(job, Failure(Code.INDETERMINATE, detail))


def end(claim: Claim, ending: Ending) -> None:
    """The final transition, if the lease is still ours."""
    job = claim.job
    require_hold(job_end(job, epoch=claim.epoch, source=JobState(job.state), ending=ending))


def put_aside(job: Job, detail: str) -> bool:
    """End a job whose workers keep dying; False when somebody moved it meanwhile."""
    ending = Ending(JobState.NEEDS_HUMAN, code=Code.INDETERMINATE, detail=detail)
    with transaction.atomic():
        ended = job_end(job, epoch=job.epoch, source=JobState(job.state), ending=ending)
        if ended:
            bare_evidence(job, Failure(Code.INDETERMINATE, detail))
    return ended


def cancel(job: Job, *, hard: bool, actor: Actor) -> JobState:
    """Ask a job to stop; one that ends at once gets the outcome of its call here."""
    with transaction.atomic():
        state = job_cancel(job, hard=hard)
        if state is JobState.CANCELLED:
            words = f"Cancelled by {actor.label} before it started."
            bare_evidence(job, Failure(Code.CONFLICT, words))
    return state


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
