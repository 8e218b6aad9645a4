"""Writing evidence: inserts only, in the transaction of what they tell."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.audit.models import AuditLog, Entry
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.kernel.redact import shortened
from apps.kernel.rows import insert


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is about: kind, id, frozen label and place."""

    kind: str = ""
    id: UUID | None = None
    label: str = ""
    site_path: str = "/"
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What every row about one call has in common."""

    operation: str
    face: str
    actor: Actor
    call_id: UUID | None = None
    request_id: str = ""
    trace_id: str = ""
    client: str = ""
    address: str = ""
    reason: str = ""
    job_id: UUID | None = None
    plan_hash: str = ""
    tenant_id: UUID | None = None
    subject: Subject = Subject()
    input: dict[str, Any] | None = None

    def about(self, subject: Subject) -> "Act":
        """The same act on another object."""
        return replace(self, subject=subject)


def intent(act: Act) -> UUID:
    """Write down what is about to be tried; its id names it in the outcome."""
    return _write(act, Entry.INTENT)


def outcome(act: Act, *, intent_id: UUID | None, verdict: str, **more: Any) -> UUID:
    """Write down how it ended, as `ending` tells it."""
    row = ending(act, intent_id=intent_id, verdict=verdict, **more)
    insert(row)
    return row.id


def ending(
    act: Act,
    *,
    intent_id: UUID | None,
    verdict: str,
    detail: str = "",
    before: Any = None,
    after: Any = None,
    duration_ms: int | None = None,
) -> AuditLog:
    """The row of an outcome, for whoever writes it together with others.

    `verdict` is `ok`, `accepted` or a failure's code.
    """
    return _row(
        act,
        Entry.OUTCOME,
        intent_id=intent_id,
        verdict=verdict,
        detail=detail[:500],
        before=shortened(before),
        after=shortened(after),
        duration_ms=duration_ms,
    )


def denied(act: Act, *, verdict: str, detail: str) -> UUID:
    """Write down a refused attempt, in a short transaction of its own."""
    with transaction.atomic():
        return _write(act, Entry.DENIED, verdict=verdict, detail=detail[:500])


def transition(act: Act, *, verdict: str, detail: str = "", before: Any, after: Any) -> UUID:
    """Write down one step of a state machine, in the transaction of the step."""
    return _write(
        act, Entry.TRANSITION, verdict=verdict, detail=detail[:500], before=before, after=after
    )


def login(act: Act, *, verdict: str) -> UUID:
    """Write down a log-in or a refused one."""
    return _write(act, Entry.LOGIN, verdict=verdict)


def _write(act: Act, entry: Entry, **fields: Any) -> UUID:
    row = _row(act, entry, **fields)
    insert(row)
    return row.id


def _row(act: Act, entry: Entry, *, intent_id: UUID | None = None, **fields: Any) -> AuditLog:
    actor, subject = act.actor, act.subject
    return AuditLog(
        id=new_id(),
        tenant_id=act.tenant_id or actor.tenant_id,
        entry=entry,
        intent_id=intent_id,
        operation=act.operation[:80],
        face=act.face,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:150],
        acts_for=actor.acts_for,
        credential_id=actor.credential_id,
        client=act.client[:100],
        address=act.address[:45],
        object_kind=subject.kind,
        object_id=subject.id,
        object_label=subject.label[:200],
        site_path=subject.site_path,
        device_id=subject.device_id,
        reason=act.reason[:500],
        input=shortened(act.input or {}),
        plan_hash=act.plan_hash,
        call_id=act.call_id,
        job_id=act.job_id,
        request_id=act.request_id[:100],
        trace_id=act.trace_id[:64],
        **fields,
    )
