"""The second room behind the door: do it, with evidence before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from pydantic import BaseModel

from apps.audit import services as audit
from apps.events.publish import publish
from apps.events.types import OperationFinished
from apps.jobs.models import Job
from apps.jobs.services import job_create
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.kernel.redact import redacted, revealed, shown
from apps.operations import approvals, idempotency, one_job
from apps.operations.admitted import Admitted
from apps.operations.context import Context
from apps.operations.core import Again, Ask, Mode
from apps.operations.failures import internal, is_retryable
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import JobLink, Outcome, Status

log = structlog.get_logger(__name__)

#: After a device call's own time limit, how long its verdict may still be on the way (seconds).
VERDICT_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Begun:
    """A claimed call with its intent written down."""

    admitted: Admitted
    intent_id: UUID
    started: float


def perform(admitted: Admitted) -> Outcome:
    """Run an admitted call; the loser of a race for its key gets the winner's answer."""
    try:
        return in_its_form(admitted)
    except idempotency.KeyTaken:
        reply = idempotency.replay(admitted)
        if reply is None:
            raise
        return reply


def in_its_form(admitted: Admitted) -> Outcome:
    """Run an admitted call in the form its declaration asks for."""
    operation = admitted.operation
    if not operation.changes:
        return read(admitted)
    if operation.mode is Mode.JOB:
        return accept(admitted)
    if operation.device:
        return on_device(admitted)
    return on_database(admitted)


def read(admitted: Admitted) -> Outcome:
    """A READ: no claim and no row, unless the declaration wants evidence."""
    started = clock.monotonic()
    output = run(context(admitted), admitted)
    outcome = Outcome(status=Status.OK, output=dumped(output), call_id=admitted.call.id)
    if admitted.operation.audited:
        with transaction.atomic():
            audit.outcome(admitted.act(), intent_id=None, verdict="ok", duration_ms=millis(started))
    return outcome


def on_database(admitted: Admitted) -> Outcome:
    """One transaction: claim, intent, handler in a savepoint, outcome, stored reply."""
    failure: Failure | None = None
    with transaction.atomic(durable=True):
        begun = begin(admitted)
        ctx = context(admitted)
        try:
            with transaction.atomic():
                output = run(ctx, admitted)
        except Failure as error:
            failure = error
            finish_failed(begun, ctx, error)
        else:
            outcome = finish_ok(begun, ctx, output)
    if failure is not None:
        raise failure
    return outcome


def on_device(admitted: Admitted) -> Outcome:
    """Intent committed, then the device outside any transaction, then the outcome."""
    with transaction.atomic(durable=True):
        begun = begin(admitted)
    ctx = context(admitted)
    try:
        output = run(ctx, admitted)
    except Failure as error:
        # A mistake of ours says nothing about the device: it may have been changed.
        if error.code in (Code.INDETERMINATE, Code.INTERNAL):
            with last_word(admitted):
                mark_lost(admitted.call.id)
            raise
        with last_word(admitted):
            finish_failed(begun, ctx, error)
        raise
    with last_word(admitted):
        return finish_ok(begun, ctx, output)


@contextmanager
def last_word(admitted: Admitted) -> Iterator[None]:
    """The transaction after the device: when it fails, the verdict is lost, not the deed."""
    try:
        with transaction.atomic(durable=True):
            yield
    except (DatabaseError, InterfaceError) as error:
        log.warning("verdict not stored", call_id=str(admitted.call.id), error=str(error))
        raise idempotency.lost_verdict(admitted.call.id) from None


def accept(admitted: Admitted) -> Outcome:
    """A job: its row, the intent and the stored 202 in one transaction; the rest later."""
    try:
        with transaction.atomic(durable=True):
            return accepted(admitted)
    except one_job.DeviceTaken as taken:
        audit.denied(admitted.act(), verdict=taken.code, detail=taken.detail)
        raise


def accepted(admitted: Admitted, *, retry_of: UUID | None = None) -> Outcome:
    """The same within the caller's transaction; `retry_of` names the job it repeats.

    Raises `DeviceTaken` where an exclusive operation has another job for the device.
    """
    job_id = new_id()
    begun = begin(admitted, job_id=job_id)
    one_job.require_only_one(admitted)
    row = job_row(begun, job_id)
    row.retry_of_id = retry_of
    job = job_create(row)
    outcome = Outcome(
        status=Status.ACCEPTED,
        job=JobLink(id=job.id, url=f"/api/v1/jobs/{job.id}/"),
        call_id=admitted.call.id,
    )
    keep(admitted, outcome)
    return outcome


def begin(admitted: Admitted, job_id: UUID | None = None) -> Begun:
    """Claim the key, the confirmation and the approval; write the intent."""
    started = clock.monotonic()
    intent_id = audit.intent(replace(admitted.act(), job_id=job_id))
    if idempotency.is_claimed(admitted):
        seconds = admitted.operation.time_limit + VERDICT_GRACE
        idempotency.claim(admitted, intent_id, seconds=seconds)
    if admitted.approval_id is not None:
        approvals.use(admitted.approval_id)
    return Begun(admitted, intent_id, started)


def run(ctx: Context, admitted: Admitted) -> BaseModel:
    """The handler of an INLINE call, its output checked."""
    output = guarded(ctx, admitted)
    if isinstance(output, Again | Ask):
        raise TypeError(f"{admitted.operation.name} is INLINE and cannot ask to be called again")
    return output


def guarded(ctx: Context, admitted: Admitted) -> BaseModel | Again | Ask:
    """Call the handler; a mistake in it becomes `internal`, told to nobody but the log."""
    operation = admitted.operation
    try:
        output = operation.handler(ctx, admitted.data)
        if not isinstance(output, operation.output | Again | Ask):
            raise TypeError(f"{operation.name} returned {type(output).__name__}")
    except Failure:
        raise
    except (OperationalError, InterfaceError):
        if ctx.job_id is None and not (operation.device and operation.changes):
            raise  # the database is away and nothing was done: whoever asked may come again
        log.warning("database away", operation=operation.name, call_id=str(ctx.call.id))
        raise internal(ctx.call.request_id or str(ctx.call.id)) from None
    except Exception as error:  # the one boundary where a mistake becomes an answer
        log.exception("operation failed", operation=operation.name, call_id=str(ctx.call.id))
        raise internal(ctx.call.request_id or str(ctx.call.id)) from error
    return output


def finish_ok(begun: Begun, ctx: Context, output: BaseModel) -> Outcome:
    """Audit outcome, event and stored reply of a call that succeeded.

    What is written down has its secrets hidden; the first answer alone shows a new one.
    """
    body = dumped(output)
    outcome = Outcome(status=Status.OK, output=body, call_id=begun.admitted.call.id)
    evidence(begun, ctx, verdict="ok", detail="", output=body)
    keep(begun.admitted, outcome)
    return outcome.model_copy(update={"output": shown(output)})


def finish_failed(begun: Begun, ctx: Context, failure: Failure) -> None:
    """The same for one that failed; a retryable failure gives the key back."""
    evidence(begun, ctx, verdict=failure.code, detail=failure.detail, output={})
    if is_retryable(failure):
        idempotency.free(begun.admitted.call.id)
        if begun.admitted.approval_id is not None:
            approvals.give_back(begun.admitted.approval_id)
    else:
        keep(begun.admitted, failure)


def keep(admitted: Admitted, reply: Outcome | Failure) -> None:
    """Store the reply in the call's claim, where it has one."""
    if idempotency.is_claimed(admitted):
        idempotency.store(admitted.call.id, reply)


def evidence(
    begun: Begun, ctx: Context, *, verdict: str, detail: str, output: dict[str, object]
) -> None:
    """The audit outcome and the event of a finished call, in the running transaction."""
    admitted, act = begun.admitted, replace(begun.admitted.act(), job_id=ctx.job_id)
    outcome = audit.ending(
        act,
        intent_id=begun.intent_id,
        verdict=verdict,
        detail=detail,
        before=ctx.before if ctx.before is not None else output.get("before"),
        after=ctx.after if ctx.after is not None else output.get("after"),
        duration_ms=millis(begun.started),
    )
    event = OperationFinished(
        call_id=admitted.call.id,
        operation=admitted.operation.name,
        verdict=verdict,
        actor=admitted.call.actor.label,
        face=admitted.call.face,
        object_id=act.subject.id,
        object_label=act.subject.label,
    )
    publish(
        event,
        tenant_id=admitted.call.actor.tenant_id,
        site_path=act.subject.site_path,
        device_id=act.subject.device_id,
        beside=(outcome,),
    )


def mark_lost(call_id: UUID) -> None:
    """The verdict did not come: the settling tick asks the device from now on."""
    IdempotencyKey.objects.filter(call_id=call_id, reply__isnull=True).update(
        lost=True, deadline=clock.now()
    )


def context(admitted: Admitted) -> Context:
    """The context of an INLINE run."""
    limit = admitted.operation.time_limit
    if admitted.call.time_limit is not None:
        limit = min(limit, admitted.call.time_limit)
    return Context(call=admitted.call, deadline=clock.monotonic() + limit)


def job_row(begun: Begun, job_id: UUID) -> Job:
    """The row that an accepted call becomes."""
    admitted, call, act = begun.admitted, begun.admitted.call, begun.admitted.act()
    return Job(
        id=job_id,
        tenant_id=call.actor.tenant,
        operation=admitted.operation.name,
        actor_kind=call.actor.kind,
        actor_id=call.actor.id,
        actor_label=call.actor.label,
        acts_for=call.actor.acts_for,
        credential_id=call.actor.credential_id,
        face=call.face,
        call_id=call.id,
        intent_id=begun.intent_id,
        request_id=call.request_id,
        trace_id=call.trace_id,
        reason=call.reason[:500],
        site_path=act.subject.site_path,
        device_id=act.subject.device_id,
        object_label=act.subject.label,
        input=redacted(admitted.data),
        sealed_input=keyring().seal(revealed(admitted.data)),
    )


def dumped(output: BaseModel) -> dict[str, object]:
    """An output as JSON-ready data."""
    return output.model_dump(mode="json")


def millis(started: float) -> int:
    """Whole milliseconds since `started` (monotonic seconds)."""
    return max(0, round((clock.monotonic() - started) * 1000))
