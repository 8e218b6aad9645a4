"""Reads of evidence, always for somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.audit.models import AuditLog, Entry
from apps.audit.models import AuditRows as _Rows
from apps.kernel.actor import Actor


def entries(
    actor: Actor,
    *,
    operation: str | None = None,
    actor_label: str | None = None,
    object_id: UUID | None = None,
    job_id: UUID | None = None,
    request_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
) -> _Rows:
    """Entries the actor may read, newest first; `before` is where the page before ended."""
    found = AuditLog.objects.for_actor(actor, "audit.view")
    wanted = {
        "operation": operation,
        "actor_label": actor_label,
        "object_id": object_id,
        "job_id": job_id,
        "request_id": request_id,
        "at__gte": since,
        "at__lt": until,
        "id__lt": before,
    }
    condition = Q(**{name: value for name, value in wanted.items() if value is not None})
    return found.filter(condition)


def sender_of(intent_id: UUID | None) -> tuple[str, str]:
    """The program and the address that asked for what an intent tells; for rows to come."""
    if intent_id is None:
        return "", ""
    rows = AuditLog.system.filter(id=intent_id).values_list("client", "address")
    return rows.first() or ("", "")


def newest_done(
    device_id: UUID,
    operations: Sequence[str],
    *,
    call_id: UUID | None = None,
    until: datetime | None = None,
) -> AuditLog | None:
    """The outcome of the newest call on a device that ended well, or of the call named.

    Without `operations`, of any. For services that have made sure that the device is the
    caller's; None if there is none.
    """
    rows = AuditLog.system.filter(object_id=device_id, entry=Entry.OUTCOME, verdict="ok")
    if operations:
        rows = rows.filter(operation__in=operations)
    if call_id is not None:
        rows = rows.filter(call_id=call_id)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows.order_by("-id").first()


def done_with(
    device_id: UUID, operation: str, given: dict[str, Any], *, most: int
) -> list[AuditLog]:
    """The newest outcomes of calls on a device that ended well and whose input has `given` in it.

    For services that have made sure that the device is the caller's.
    """
    rows = AuditLog.system.filter(
        object_id=device_id,
        entry=Entry.OUTCOME,
        verdict="ok",
        operation=operation,
        input__contains=given,
    )
    return list(rows.order_by("-id")[:most])
