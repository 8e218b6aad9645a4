"""The inbox of the second person: look at the plan, then grant or refuse."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.console.access import page, show
from apps.console.calls import Wish, call
from apps.console.outputs import parts_of
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, not_found
from apps.kernel.ids import new_id
from apps.operations import approvals as requests
from apps.operations.failures import TABLE
from apps.operations.models import Approval, ApprovalState

DECISIONS: Final = {
    "grant": "operations.approval.grant",
    "refuse": "operations.approval.refuse",
}
MOST: Final = 50


@page
def approvals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits, then what was decided lately."""
    rows = requests.visible(actor)
    waiting = list(rows.filter(state=ApprovalState.PENDING, expires_at__gt=clock.now())[:MOST])
    for one in waiting:
        one.mine = is_mine(actor, one)  # type: ignore[attr-defined]  # for the template alone
    decided = rows.exclude(id__in=[one.id for one in waiting])[:MOST]
    return show(request, actor, "approvals.html", {"waiting": waiting, "decided": decided})


@page
def approval(request: HttpRequest, actor: Actor, approval_id: UUID) -> HttpResponse:
    """One request with its plan; a decision goes through the door like everything else."""
    found = _get(actor, approval_id)
    decision = DECISIONS.get(request.POST.get("decision", "")) if request.method == "POST" else None
    if decision is None:
        return _shown(request, actor, found)
    wish = Wish(
        decision,
        {"approval": str(approval_id), "comment": request.POST.get("comment", "")},
        key=f"console:{new_id()}",
    )
    try:
        call(request, actor, wish)
    except Failure as failure:
        return _shown(request, actor, _get(actor, approval_id), failure)
    return redirect("console:approval", approval_id)


def is_mine(actor: Actor, one: Approval) -> bool:
    """Whether the actor asked for it, itself or through an agent."""
    return actor.id in (one.requester_id, one.person_id)


def _get(actor: Actor, approval_id: UUID) -> Approval:
    found = requests.visible(actor).filter(id=approval_id).first()
    if found is None:
        raise not_found("approval", approval_id)
    return found


def _shown(
    request: HttpRequest, actor: Actor, one: Approval, failure: Failure | None = None
) -> HttpResponse:
    permission = f"{one.operation.partition('.')[0]}.approve"
    context: dict[str, Any] = {
        "one": one,
        "mine": is_mine(actor, one),
        "may_decide": actor.may_at(permission, one.site_path, one.device_id),
        "failure": failure,
        "parts": parts_of(one.input or {}),
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "approval.html", context, status=status)
