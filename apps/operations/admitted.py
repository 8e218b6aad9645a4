"""A call that passed the first room, as the rooms behind it take it."""

import hmac
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel

from apps.audit.services import Act, Subject
from apps.kernel.redact import redacted, revealed
from apps.operations.call import Call
from apps.operations.core import AnyOperation, Danger, TargetRef
from apps.operations.outcome import Plan


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may be performed.

    `danger` is how much harm this very call can do; it is asked for once, since that may read.
    """

    operation: AnyOperation
    call: Call
    data: BaseModel
    targets: tuple[TargetRef, ...]
    danger: Danger
    plan: Plan | None = None
    confirmation_id: UUID | None = None
    approval_id: UUID | None = None

    @property
    def body(self) -> str:
        """The keyed hash of the exact input. Made when asked for: most READs never are."""
        return body_hash(self.data)

    def act(self) -> Act:
        """What every audit row about this call has in common."""
        return replace(
            act_of(self.call, self.operation.name),
            subject=subject_of(self.targets),
            input=redacted(self.data),
            plan_hash=self.plan.hash if self.plan else "",
        )


def body_hash(data: BaseModel) -> str:
    """A keyed hash of the exact input: comparable, and useless to whoever reads the database."""
    return hmac.digest(settings.SECRET_KEY.encode(), revealed(data), "sha256").hex()


def act_of(call: Call, name: str) -> Act:
    """The caller's part of an audit row."""
    return Act(
        operation=name,
        face=call.face,
        actor=call.actor,
        call_id=call.id,
        request_id=call.request_id,
        trace_id=call.trace_id,
        client=call.client,
        address=call.address,
        reason=call.reason,
    )


def subject_of(targets: tuple[TargetRef, ...]) -> Subject:
    """One target by name; of several the first, and how many more."""
    if not targets:
        return Subject()
    first = targets[0]
    label = first.label if len(targets) == 1 else f"{first.label} and {len(targets) - 1} more"
    return Subject(first.kind, first.id, label, first.site_path, first.device_id)
