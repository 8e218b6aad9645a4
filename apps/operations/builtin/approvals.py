"""The second person's word: grant or refuse. Neither runs anything but a schedule's call."""

from uuid import UUID

from django.db import transaction
from pydantic import Field

from apps.jobs import queue
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.operations import approvals
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef
from apps.operations.models import Approval


class OperationsApprovalGrantIn(Schema):
    """Which request, and why it is granted."""

    approval: UUID = Field(description="Id of the request.")
    comment: str = Field(default="", max_length=500, description="Why it is granted.")


class OperationsApprovalRefuseIn(Schema):
    """Which request, and why not."""

    approval: UUID = Field(description="Id of the request.")
    comment: str = Field(default="", max_length=500, description="Why it is refused.")


class OperationsApprovalOut(Schema):
    """How the request stands now."""

    approval: UUID = Field(description="Id of the request.")
    operation: str = Field(description="What was asked for.")
    state: str = Field(description="How it stands, such as granted.")
    requester: str = Field(description="Who asked.")
    approver: str = Field(description="Who decided.")


def targets(
    actor: Actor, data: OperationsApprovalGrantIn | OperationsApprovalRefuseIn
) -> tuple[TargetRef, ...]:
    """The request itself, at the place of what it would act on."""
    found = approvals.visible(actor).filter(id=data.approval).first()
    if found is None:
        raise not_found("approval", data.approval)
    approvals.require_second_person(actor, found)
    return (TargetRef("approval", found.id, str(found), found.site_path, found.device_id),)


def grant(ctx: Context, data: OperationsApprovalGrantIn) -> OperationsApprovalOut:
    """Grant; only a schedule's call goes on by itself."""
    approval = approvals.decide(ctx.actor, data.approval, grant=True, comment=data.comment)
    if approval.schedule_id is not None:
        transaction.on_commit(
            lambda: queue.send("operations.resume", str(approval.id), queue="ticks")
        )
    return _out(approval)


def refuse(ctx: Context, data: OperationsApprovalRefuseIn) -> OperationsApprovalOut:
    """Refuse; nothing runs."""
    return _out(approvals.decide(ctx.actor, data.approval, grant=False, comment=data.comment))


def _out(approval: Approval) -> OperationsApprovalOut:
    return OperationsApprovalOut(
        approval=approval.id,
        operation=approval.operation,
        state=approval.state,
        requester=approval.requester_label,
        approver=approval.approver_label,
    )


OPERATIONS = (
    Operation(
        name="operations.approval.grant",
        summary="Grant another person's request, so that they may run exactly that plan.",
        input=OperationsApprovalGrantIn,
        output=OperationsApprovalOut,
        handler=grant,
        targets=targets,
        permission="operations.approve",
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=frozenset({Face.REST, Face.CONSOLE}),
    ),
    Operation(
        name="operations.approval.refuse",
        summary="Refuse another person's request; nothing runs.",
        input=OperationsApprovalRefuseIn,
        output=OperationsApprovalOut,
        handler=refuse,
        targets=targets,
        permission="operations.approve",
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=frozenset({Face.REST, Face.CONSOLE}),
    ),
)
