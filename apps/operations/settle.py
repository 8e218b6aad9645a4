"""Lost verdicts: ask the device what is true, and write the outcome that was missing."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
import structlog
from django.db import transaction

from apps.audit.models import AuditLog
from apps.audit.services import Act, Subject, outcome
from apps.events.publish import publish
from apps.events.types import OperationFinished
from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.operations import idempotency
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import Outcome, Status

ASK_AGAIN: Final = timedelta(seconds=5)
GIVE_UP: Final = timedelta(hours=24)

log = structlog.get_logger(__name__)


def settle_due(limit: int = 50) -> int:
    """Settle claims whose verdict is overdue; how many got one."""
    # Not `reply=None`: of a JSON column that means the JSON value null.
    rows = IdempotencyKey.objects.filter(reply__isnull=True, deadline__lte=clock.now())
    return sum(settle(row) for row in rows.order_by("deadline")[:limit])


def settle(row: IdempotencyKey) -> bool:
    """Settle one claim; the deadline is moved first, so parallel ticks do not both ask."""
    taken = IdempotencyKey.objects.filter(
        call_id=row.call_id, reply__isnull=True, deadline=row.deadline
    ).update(deadline=clock.now() + ASK_AGAIN, lost=True)
    if not taken:
        return False
    verdict = ask(row)
    if verdict is None:
        if clock.now() - row.created_at < GIVE_UP:
            return False
        verdict = Failure(Code.INDETERMINATE, "For a day nothing could tell how this call ended.")
    return record(row, verdict)


def ask(row: IdempotencyKey) -> Outcome | Failure | None:
    """What the device says is true; None when it cannot be asked now."""
    operation = installed().get(row.operation)
    if operation.settle is None or row.intent_id is None:
        return Failure(Code.INDETERMINATE, "The process that did this died before it could tell.")
    call = Call(
        operation=row.operation,
        input={},
        actor=system_actor("settle", tenant_id=row.tenant_id),
        face=Face(row.face),
        id=row.call_id,
        request_id=row.request_id,
    )
    context = Context(call=call, deadline=clock.monotonic() + operation.time_limit)
    data = operation.input.model_validate(orjson.loads(keyring().unseal(bytes(row.sealed_input))))
    try:
        return spoken(operation.settle(context, data, row.intent_id))
    except Failure as failure:
        log.info("not settled yet", call_id=str(row.call_id), reason=failure.detail)
        return None


def spoken(verdict: Outcome | None) -> Outcome | Failure | None:
    """An outcome that says `error` is a failure like any other to whoever asks again."""
    if verdict is None or verdict.status is not Status.ERROR:
        return verdict
    return Failure(Code(verdict.code or Code.INTERNAL), verdict.detail or "It was not done.")


def record(row: IdempotencyKey, verdict: Outcome | Failure) -> bool:
    """The missing audit outcome and the stored reply, in one transaction.

    False when the call's own process told its verdict after all.
    """
    with transaction.atomic():
        open_rows = IdempotencyKey.objects.select_for_update().filter(reply__isnull=True)
        if not open_rows.filter(call_id=row.call_id).exists():
            return False
        stored = verdict
        if isinstance(verdict, Outcome):
            stored = verdict.model_copy(update={"call_id": row.call_id})
        idempotency.store(row.call_id, stored)
        _write_outcome(row, verdict)
    return True


def _write_outcome(row: IdempotencyKey, verdict: Outcome | Failure) -> None:
    intent = AuditLog.system.get(call_id=row.call_id, entry="intent")
    ok = isinstance(verdict, Outcome) and verdict.status is Status.OK
    detail = "Settled by asking the device." if ok else str(getattr(verdict, "detail", ""))
    output = (verdict.output or {}) if isinstance(verdict, Outcome) else {}
    code = verdict.code if verdict.code else "ok"
    outcome(
        act_of(intent),
        intent_id=intent.id,
        verdict="ok" if ok else str(code),
        detail=detail,
        before=output.get("before"),
        after=output.get("after"),
    )
    finished = OperationFinished(
        call_id=row.call_id,
        operation=row.operation,
        verdict="ok" if ok else str(code),
        actor=intent.actor_label,
        face=intent.face,
        object_id=intent.object_id,
        object_label=intent.object_label,
    )
    publish(
        finished,
        tenant_id=intent.tenant_id,
        site_path=intent.site_path,
        device_id=intent.device_id,
    )


def act_of(intent: AuditLog) -> Act:
    """The act as the intent told it, now in the name of the settler."""
    subject = Subject(
        intent.object_kind,
        intent.object_id,
        intent.object_label,
        intent.site_path,
        intent.device_id,
    )
    return Act(
        operation=intent.operation,
        face=intent.face,
        actor=system_actor("settle", tenant_id=intent.tenant_id),
        call_id=intent.call_id,
        request_id=intent.request_id,
        trace_id=intent.trace_id,
        client=intent.client,
        address=intent.address,
        job_id=intent.job_id,
        subject=subject,
    )


def unsettled() -> list[UUID]:
    """Calls whose verdict is still open past their deadline."""
    rows = IdempotencyKey.objects.filter(reply__isnull=True, lost=True)
    return list(rows.values_list("call_id", flat=True)[:1000])
