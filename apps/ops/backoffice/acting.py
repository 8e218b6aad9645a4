"""From chosen rows to results: call, show what has to be confirmed, call again."""

from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.kernel.errors import Failure
from apps.operations.catalogue import installed
from apps.operations.outcome import Outcome, Plan, Status
from apps.ops.backoffice.verbs import Wish, call, person, sealed

TEMPLATE: Final = "admin/backoffice_confirm.html"
REASON_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that wants a confirmation, and the plan it is to confirm."""

    wish: Wish
    plan: Plan


def act(request: HttpRequest, wishes: list[Wish], reason: str = "") -> list[Waiting]:
    """Make every call; tells how each ended, and gives back those that want a confirmation.

    One that fails stops no other: each is a call of its own.
    """
    waiting = []
    for wish in wishes:
        try:
            outcome = call(request, wish, reason[:REASON_LONGEST])
        except Failure as failure:
            messages.error(request, f"{wish.operation}: {failure.detail}")
            continue
        if outcome.status is Status.NEEDS_CONFIRMATION and outcome.plan is not None:
            confirmed = replace(wish, confirmation=outcome.confirmation)
            waiting.append(Waiting(confirmed, outcome.plan))
        else:
            tell(request, wish, outcome)
    return waiting


def tell(request: HttpRequest, wish: Wish, outcome: Outcome) -> None:
    """One message about a call that ended."""
    if outcome.status is Status.NEEDS_APPROVAL and outcome.approval is not None:
        messages.warning(
            request,
            f"{wish.operation} waits for a second person (approval {outcome.approval.id}). "
            "Once it is granted, choose the same rows again.",
        )
    elif outcome.job is not None:
        messages.success(request, f"{wish.operation} goes on as job {outcome.job.id}.")
    else:
        messages.success(request, f"{wish.operation}: done.")


def confirm_page(
    request: HttpRequest, context: dict[str, Any], waiting: list[Waiting], back: str
) -> HttpResponse:
    """The plans, and the form that confirms exactly them."""
    names = sorted({one.wish.operation for one in waiting})
    full = {
        **context,
        "title": "Confirm",
        "plans": [one.plan for one in waiting],
        "summaries": [installed().get(name).summary for name in names],
        "wishes": sealed([one.wish for one in waiting], person(request)),
        "back": back,
        "reason_longest": REASON_LONGEST,
    }
    response = TemplateResponse(request, TEMPLATE, full)
    response["Cache-Control"] = "no-store"
    return response
