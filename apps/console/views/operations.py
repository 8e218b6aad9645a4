"""Any operation from its own declaration: form, plan, confirmation, result."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.console.access import page, show
from apps.console.batches import Batch
from apps.console.calls import Wish, call, danger_of, operation_for, word_to_type
from apps.console.elsewhere import Elsewhere
from apps.console.fields import FormField
from apps.console.forms import entered, form_of, prefilled, raw_input, refilled
from apps.console.outputs import parts_of
from apps.console.presenters import page_of
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Danger, Face
from apps.operations.failures import TABLE, is_retryable
from apps.operations.outcome import Outcome, Plan, Status

REASON_LONGEST: Final = 500


@page
def operations(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything the actor may call here, by app."""
    text = request.GET.get("q", "").strip().lower()[:100]
    found = [
        operation
        for operation in installed().visible_to(actor, Face.CONSOLE)
        if text in operation.name or text in operation.summary.lower()
    ]
    groups = [(app, list(group)) for app, group in groupby(found, key=lambda one: one.app)]
    context = {"groups": groups, "q": text, "total": len(found)}
    return show(request, actor, "operations.html", context)


@page
def operation(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form of one operation; sent, it makes a plan or runs."""
    found = operation_for(actor, name)
    fields = form_of(found, actor)
    if request.method != "POST":
        return form(request, actor, found, prefilled(fields, given(request)))
    try:
        wish = wish_of(request, found, fields)
        if request.POST.get("act") == "copy":
            again = refilled(fields, request.POST)
            return form(request, actor, found, again, elsewhere=Elsewhere.of(request, found, wish))
        outcome = call(request, actor, wish, dry_run=request.POST.get("act") == "dry")
    except Failure as failure:
        again = entered(fields, request.POST, failure)
        return form(request, actor, found, again, failure)
    return answered(request, actor, found, wish, outcome)


@require_POST
@page
def confirm(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Run exactly the plan that was shown, once what had to be typed was typed."""
    found = operation_for(actor, name)
    wish = Wish.opened(request.POST.get("wish", ""))
    if wish.operation != found.name:
        raise Failure(Code.STALE_PLAN, "This confirmation belongs to another action.")
    token = request.POST.get("confirmation") or None
    if request.POST.get("typed", "").strip() != wish.word:
        outcome = call(request, actor, wish)
        return plan(request, actor, found, wish, outcome, mistyped=True)
    outcome = call(request, actor, wish, confirmation=token)
    return answered(request, actor, found, wish, outcome)


def given(request: HttpRequest) -> dict[str, Any]:
    """Values for the form from the address; `?devices=a,b` fills a choice of several."""
    found: dict[str, Any] = dict(request.GET.items())
    if devices := request.GET.get("devices"):
        found["devices"] = devices.split(",")
    return found


def wish_of(request: HttpRequest, found: AnyOperation, fields: list[FormField]) -> Wish:
    """What the form asks for."""
    return Wish(
        operation=found.name,
        input=raw_input(fields, request.POST),
        key=request.POST.get("key") or f"console:{new_id()}",
        reason=request.POST.get("reason", "").strip()[:REASON_LONGEST],
    )


def form(
    request: HttpRequest,
    actor: Actor,
    found: AnyOperation,
    fields: list[FormField],
    failure: Failure | None = None,
    *,
    batch: Batch | None = None,
    elsewhere: Elsewhere | None = None,
) -> HttpResponse:
    """The form, with what is wrong where there is something."""
    context = {
        "operation": found,
        "fields": fields,
        "failure": failure,
        "retryable": failure is not None and is_retryable(failure),
        "reason": request.POST.get("reason", ""),
        "gated": found.danger >= Danger.DISRUPTIVE,
        "has_dry_run": found.plan is not None,
        # A new key for every shown form: a double press sends one key twice, a new try a new one.
        "key": f"console:{new_id()}",
        "batch": batch,
        "elsewhere": elsewhere,
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "operation.html", context, status=status)


def answered(
    request: HttpRequest, actor: Actor, found: AnyOperation, wish: Wish, outcome: Outcome
) -> HttpResponse:
    """The page that belongs to an outcome."""
    if outcome.status in (Status.PLANNED, Status.NEEDS_CONFIRMATION):
        return plan(request, actor, found, wish, outcome)
    if outcome.status is Status.ACCEPTED and outcome.job is not None:
        return redirect("console:job", outcome.job.id)
    if outcome.status is Status.OK and found.changes and (there := page_of(outcome.output)):
        return redirect(there)
    return result(request, actor, found, wish, outcome)


def plan(
    request: HttpRequest,
    actor: Actor,
    found: AnyOperation,
    wish: Wish,
    outcome: Outcome,
    *,
    mistyped: bool = False,
) -> HttpResponse:
    """What would happen; with a confirmation the button that makes it happen."""
    context = {**plan_context(actor, found, wish, outcome), "mistyped": mistyped}
    return show(request, actor, "plan.html", context, status=422 if mistyped else 200)


def plan_context(actor: Actor, found: AnyOperation, wish: Wish, outcome: Outcome) -> dict[str, Any]:
    """What a page that shows a plan needs, with what has to be typed before it runs."""
    shown = outcome.plan or Plan()
    danger = danger_of(actor, found, wish)
    wish = replace(wish, word=word_to_type(danger, shown) if outcome.confirmation else "")
    return {
        "operation": found,
        "danger": danger.name,
        "plan": shown,
        "wish": wish.sealed(),
        "confirmation": outcome.confirmation,
        "expires_at": moment(outcome.expires_at),
        "word": wish.word,
        "runs": found.danger < Danger.DISRUPTIVE and some_would_act(shown),
        "device_id": device_of(wish),
    }


def result(
    request: HttpRequest, actor: Actor, found: AnyOperation, wish: Wish, outcome: Outcome
) -> HttpResponse:
    """How it ended, and how to do the same from elsewhere."""
    context = {
        "operation": found,
        "outcome": outcome,
        "parts": parts_of(outcome.output or {}),
        "wish": wish.sealed(),
        "word": wish.word,
        "device_id": device_of(wish),
        "elsewhere": Elsewhere.of(request, found, wish),
        "sees_audit": actor.may("audit.view"),
    }
    return show(request, actor, "result.html", context)


def some_would_act(plan: Plan) -> bool:
    """Whether a target is left that is not refused."""
    return bool({one.id for one in plan.targets} - {one.target for one in plan.refusals})


def device_of(wish: Wish) -> str | None:
    """The id of the device that a wish is about, to go back to."""
    device = wish.input.get("device")
    return device if isinstance(device, str) and len(device) == 36 else None


def moment(text: str | None) -> datetime | None:
    """An instant as outcomes spell it."""
    return datetime.fromisoformat(text) if text else None
