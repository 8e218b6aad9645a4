"""Requests for a second person: filed once, decided once, used once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.selectors import person_behind
from apps.audit.services import transition
from apps.events.publish import publish
from apps.events.types import ApprovalDecided, ApprovalRequested
from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure, conflict, not_found
from apps.kernel.redact import redacted
from apps.operations.admitted import Admitted
from apps.operations.models import Approval, ApprovalState
from apps.operations.models.approval import ApprovalRows
from apps.operations.outcome import Plan


def visible(actor: Actor) -> ApprovalRows:
    """Requests the actor may see."""
    return Approval.objects.for_actor(actor, "operations.view")


def request(admitted: Admitted, plan: Plan) -> Approval:
    """The open request for exactly this plan; filed now when there is none."""
    found = _open(admitted, plan)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _file(admitted, plan)
    except IntegrityError:
        found = _open(admitted, plan)
        if found is None:
            raise
        return found


def _open(admitted: Admitted, plan: Plan) -> Approval | None:
    rows = Approval.system.filter(
        requester_id=admitted.call.actor.id,
        operation=admitted.operation.name,
        body=admitted.body,
        plan_hash=plan.hash,
        state__in=(ApprovalState.PENDING, ApprovalState.GRANTED),
    )
    rows.filter(expires_at__lte=clock.now()).update(state=ApprovalState.EXPIRED)
    return rows.first()


def _file(admitted: Admitted, plan: Plan) -> Approval:
    actor, first = admitted.call.actor, admitted.targets[0] if admitted.targets else None
    lifetime = timedelta(seconds=settings.CONFIG.approval_seconds)
    approval = Approval.system.create(
        tenant_id=actor.tenant,
        operation=admitted.operation.name,
        input=redacted(admitted.data),
        body=admitted.body,
        plan=plan.model_dump(mode="json"),
        plan_hash=plan.hash,
        reason=admitted.call.reason[:500],
        site_path=first.site_path if first else "/",
        device_id=first.device_id if first else None,
        requester_id=actor.id,
        requester_label=actor.label,
        person_id=person_behind(actor),
        schedule_id=actor.id if actor.kind is ActorKind.SCHEDULE else None,
        expires_at=clock.now() + lifetime,
    )
    event = ApprovalRequested(
        approval_id=approval.id, operation=approval.operation, requester=actor.label
    )
    _tell(approval, event)
    transition(
        replace(admitted.act(), plan_hash=plan.hash),
        verdict="approval_requested",
        before=None,
        after={"approval_id": str(approval.id), "expires_at": approval.expires_at.isoformat()},
    )
    return approval


def decide(actor: Actor, approval_id: UUID, *, grant: bool, comment: str) -> Approval:
    """Grant or refuse. Raises `forbidden` for requesters, their persons and agents."""
    approval = visible(actor).filter(id=approval_id).first()
    if approval is None:
        raise not_found("approval", approval_id)
    require_second_person(actor, approval)
    state = ApprovalState.GRANTED if grant else ApprovalState.REFUSED
    decided = Approval.system.filter(
        id=approval.id, state=ApprovalState.PENDING, expires_at__gt=clock.now()
    ).update(
        state=state,
        approver_id=actor.person_id,
        approver_label=actor.label,
        comment=comment[:500],
        decided_at=clock.now(),
    )
    if not decided:
        raise conflict(f"Approval {approval.id} is not waiting any more (it is {approval.state}).")
    approval.refresh_from_db()
    event = ApprovalDecided(approval_id=approval.id, operation=approval.operation, verdict=state)
    _tell(approval, event)
    return approval


def require_second_person(actor: Actor, approval: Approval) -> None:
    if actor.kind not in (ActorKind.USER, ActorKind.KEY):
        raise Failure(Code.FORBIDDEN, "Only a person may approve.")
    if actor.id in (approval.requester_id, approval.person_id):
        raise Failure(
            Code.FORBIDDEN, "You asked for this yourself; a second person has to decide it."
        )
    permission = f"{approval.operation.partition('.')[0]}.approve"
    if not actor.may_at(permission, approval.site_path, approval.device_id):
        raise Failure(Code.FORBIDDEN, f"This needs the permission {permission} at its place.")


def use(approval_id: UUID) -> None:
    """Spend a granted request, in the transaction that claims the call."""
    spent = Approval.system.filter(id=approval_id, state=ApprovalState.GRANTED).update(
        state=ApprovalState.USED
    )
    if not spent:
        raise Failure(Code.STALE_PLAN, "This approval was used already; ask for a new one.")


def give_back(approval_id: UUID) -> None:
    """Nothing was done with a spent request after all: the same call may be repeated."""
    Approval.system.filter(id=approval_id, state=ApprovalState.USED).update(
        state=ApprovalState.GRANTED
    )


def expired_close() -> int:
    """Close requests past their end; how many there were."""
    return Approval.system.filter(
        state__in=(ApprovalState.PENDING, ApprovalState.GRANTED), expires_at__lte=clock.now()
    ).update(state=ApprovalState.EXPIRED)


def _tell(approval: Approval, event: ApprovalRequested | ApprovalDecided) -> None:
    publish(
        event,
        tenant_id=approval.tenant_id,
        site_path=approval.site_path,
        device_id=approval.device_id,
    )
