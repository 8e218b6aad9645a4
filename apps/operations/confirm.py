"""Dangerous calls: a plan, then its confirmation, and a second person where policy says so."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from django.conf import settings

from apps.accounts.models import Tenant
from apps.kernel import clock
from apps.kernel.actor import ActorKind
from apps.kernel.crypto import WrongKey
from apps.kernel.errors import Code, Failure, conflict, invalid
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.operations import approvals
from apps.operations.admitted import Admitted
from apps.operations.context import Context
from apps.operations.core import Danger, TargetRef
from apps.operations.models import Approval, ApprovalState, IdempotencyKey
from apps.operations.outcome import ApprovalLink, Outcome, Plan, PlanTarget, Status

#: First word of every sealed confirmation.
CONFIRMATION: Final = "confirmation"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirmation is bound to. Usable once, by its id."""

    id: UUID
    actor_id: UUID
    operation: str
    body: str
    plan_hash: str
    expires_at: datetime

    def sealed(self) -> str:
        """As an opaque token."""
        plain = orjson.dumps(
            [
                CONFIRMATION,
                self.id,
                self.actor_id,
                self.operation,
                self.body,
                self.plan_hash,
                self.expires_at.timestamp(),
            ]
        )
        return keyring().seal(plain).decode()

    @classmethod
    def opened(cls, token: str) -> "Confirmation":
        """Reads a token; raises `stale_plan` for anything this plane did not seal."""
        try:
            raw = orjson.loads(keyring().unseal(token.encode()))
        except (WrongKey, UnicodeEncodeError, orjson.JSONDecodeError):
            raise stale("This confirmation is not one of ours") from None
        # The keyring seals other things too; one of those is no confirmation.
        if not isinstance(raw, list) or raw[:1] != [CONFIRMATION]:
            raise stale("This confirmation is not one of ours")
        number, actor, operation, body, plan_hash, expires = raw[1:]
        moment = datetime.fromtimestamp(expires, UTC)
        return cls(UUID(number), UUID(actor), operation, body, plan_hash, moment)


def stale(why: str) -> Failure:
    """A confirmation that does not fit (any more)."""
    return Failure(Code.STALE_PLAN, f"{why}. Make a new plan by calling without a confirmation.")


def gate(admitted: Admitted) -> Admitted | Outcome:
    """Let the call pass, or answer with what is still missing."""
    if admitted.call.dry_run:
        return Outcome(status=Status.PLANNED, plan=dry_plan(admitted))
    if not is_gated(admitted):
        return admitted
    plan = plan_of(admitted)
    if not plan.runnable:
        raise conflict(plan.refusals[0].reason if plan.refusals else "There is nothing to act on.")
    if admitted.call.confirmation is None:
        return ask_confirmation(admitted, plan)
    confirmation = check(admitted, plan, Confirmation.opened(admitted.call.confirmation))
    passed = replace(admitted, plan=plan, confirmation_id=confirmation.id)
    return second_person(passed, plan) if needs_second_person(admitted) else passed


def is_gated(admitted: Admitted) -> bool:
    """Whether the call needs a plan and a confirmation."""
    return admitted.danger >= Danger.DISRUPTIVE or is_large(admitted)


def is_large(admitted: Admitted) -> bool:
    """Whether a change touches more targets than the tenant lets one person touch."""
    if not admitted.operation.changes or len(admitted.targets) <= 1:
        return False
    return len(admitted.targets) > tenant_of(admitted).batch_threshold


def needs_second_person(admitted: Admitted) -> bool:
    """DESTRUCTIVE, a large batch, an agent where the tenant wants it, a schedule that grew."""
    if admitted.call.wants_second_person:
        return True
    if admitted.danger >= Danger.DESTRUCTIVE or is_large(admitted):
        return True
    agent = admitted.call.actor.kind is ActorKind.AGENT
    return agent and tenant_of(admitted).agents_need_approval


def tenant_of(admitted: Admitted) -> Tenant:
    """The tenant whose policies hold."""
    return Tenant.objects.get(id=admitted.call.actor.tenant)


def dry_plan(admitted: Admitted) -> Plan:
    """The plan of a dry run; raises `invalid` where the operation has none."""
    if admitted.operation.plan is None:
        raise invalid("dry_run", f"{admitted.operation.name} has no dry run; leave it out.")
    return plan_of(admitted)


def plan_of(admitted: Admitted) -> Plan:
    """What the call would do now."""
    operation = admitted.operation
    if operation.plan is None:
        return Plan(targets=tuple(map(plan_target, admitted.targets)))
    deadline = clock.monotonic() + operation.time_limit
    return operation.plan(Context(call=admitted.call, deadline=deadline), admitted.data)


def plan_target(target: TargetRef) -> PlanTarget:
    """A target as plans show it."""
    return PlanTarget(kind=target.kind, id=target.id, label=target.label)


def ask_confirmation(admitted: Admitted, plan: Plan) -> Outcome:
    """The plan, and the token that confirms exactly it."""
    lifetime = settings.CONFIG.confirmation_seconds
    confirmation = issue(admitted, plan, clock.now() + timedelta(seconds=lifetime))
    return Outcome(
        status=Status.NEEDS_CONFIRMATION,
        plan=plan,
        confirmation=confirmation.sealed(),
        expires_at=spoken(confirmation.expires_at),
    )


def issue(admitted: Admitted, plan: Plan, expires_at: datetime) -> Confirmation:
    """A new confirmation of this plan for this caller."""
    return Confirmation(
        id=new_id(),
        actor_id=admitted.call.actor.id,
        operation=admitted.operation.name,
        body=admitted.body,
        plan_hash=plan.hash,
        expires_at=expires_at,
    )


def check(admitted: Admitted, plan: Plan, confirmation: Confirmation) -> Confirmation:
    """Raises `stale_plan` unless the token is for this caller, operation, input and plan."""
    if confirmation.expires_at <= clock.now():
        raise stale("This confirmation has expired")
    expected = (admitted.call.actor.id, admitted.operation.name, admitted.body)
    if (confirmation.actor_id, confirmation.operation, confirmation.body) != expected:
        raise stale("This confirmation belongs to another call")
    if confirmation.plan_hash != plan.hash:
        raise stale("What the call would do has changed since the plan was made")
    if IdempotencyKey.objects.filter(confirmation_id=confirmation.id).exists():
        raise stale("This confirmation was used already")
    return confirmation


def second_person(admitted: Admitted, plan: Plan) -> Admitted | Outcome:
    """Pass when the request was granted; else file it (once) and say that it waits."""
    approval = approvals.request(admitted, plan)
    if approval.state == ApprovalState.GRANTED:
        return replace(admitted, approval_id=approval.id)
    return Outcome(
        status=Status.NEEDS_APPROVAL,
        plan=plan,
        confirmation=issue(admitted, plan, approval.expires_at).sealed(),
        expires_at=spoken(approval.expires_at),
        approval=link(approval),
    )


def link(approval: Approval) -> ApprovalLink:
    """Where the request can be seen."""
    return ApprovalLink(
        id=approval.id, state=approval.state, url=f"/api/v1/approvals/{approval.id}/"
    )


def spoken(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
