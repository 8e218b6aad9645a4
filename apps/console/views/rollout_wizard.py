"""Planning a rollout step by step: what, for whom, in which phases. Works without scripts.

The page carries what was filled in; nothing is stored before the last step, which makes the
rollout and leads to its plan. Only that plan's confirmation begins with a device.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from apps.console.access import page, show
from apps.console.calls import Wish, call, operation_for
from apps.console.fields import FormField
from apps.console.forms import entered, form_of, prefilled, raw_input
from apps.console.rollouts import phasing, whom
from apps.console.rollouts.draft import Draft, whom_of
from apps.fleet import selectors as fleet
from apps.fleet.models import DeviceKind
from apps.fleet.rollouts.carrying import DEVICE
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, FieldError, invalid
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation
from apps.operations.failures import TABLE, is_retryable

CREATE: Final = "fleet.rollout.create"
MOST_PLACES: Final = 500


@page
def rollout_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One step after the other; a step that was filled in wrongly is shown again."""
    operation_for(actor, CREATE)
    if request.method != "POST":
        return _what(request, actor, _begun(request, actor))
    draft = Draft.opened(request.POST.get("draft", ""))
    step = request.POST.get("step", "")
    if step not in STEPS:
        raise invalid("step", "is none of this page.", allowed=", ".join(STEPS))
    return STEPS[step](request, actor, draft)


@page
def rollout_whom(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How many a choice takes, who is left out and why, as a fragment."""
    operation_for(actor, CREATE)
    operation = _chosen(actor, request.GET.get("operation", ""))
    return show(request, actor, "_rollout_whom.html", _found(actor, operation, request.GET))


def _begun(request: HttpRequest, actor: Actor) -> Draft:
    """A new draft; firmware is offered first to whoever may bring it."""
    name = request.GET.get("operation", "")
    offered = whom.carried(actor)
    if name:
        return Draft.of_address(request.GET, _chosen(actor, name).name)
    return Draft.of_address(request.GET, offered[0].name if offered else "")


def _chosen(actor: Actor, name: str) -> AnyOperation:
    operation = operation_for(actor, name)
    if not whom.fits(operation):
        raise installed().unknown(name)
    return operation


def _fields(actor: Actor, operation: AnyOperation) -> list[FormField]:
    """The operation's fields; its device is filled in for each of them."""
    return [one for one in form_of(operation, actor) if one.name != DEVICE]


# -- the steps as they are sent


def _take_what(request: HttpRequest, actor: Actor, draft: Draft) -> HttpResponse:
    operation = _chosen(actor, draft.operation)
    fields = _fields(actor, operation)
    try:
        raw = raw_input(fields, request.POST)
        whom.require_input(operation, raw)
    except Failure as failure:
        return _what(request, actor, draft, entered(fields, request.POST, failure), failure)
    return _whom(request, actor, replace(draft, input=raw))


def _take_whom(request: HttpRequest, actor: Actor, draft: Draft) -> HttpResponse:
    draft = replace(draft, whom=whom_of(request.POST))
    if _goes(request, "back"):
        return _what(request, actor, draft)
    if _goes(request, "count"):
        return _whom(request, actor, draft)
    try:
        found = whom.choose(actor, _chosen(actor, draft.operation), draft.whom)
    except Failure as failure:
        return _whom(request, actor, draft, failure)
    rows = phasing.usual_rows(len(found.ids))
    return _phases(request, actor, draft, found, rows)


def _take_phases(request: HttpRequest, actor: Actor, draft: Draft) -> HttpResponse:
    if _goes(request, "back"):
        return _whom(request, actor, draft)
    rows = phasing.rows_of(request.POST)
    found = whom.choose(actor, _chosen(actor, draft.operation), draft.whom)
    go = request.POST.get("go", "")
    if go == "more":
        return _phases(request, actor, draft, found, phasing.one_more(rows))
    if go.startswith("less.") and go[5:].isdigit() and len(go) < 8:
        return _phases(request, actor, draft, found, phasing.one_less(rows, int(go[5:])))
    return _create(request, actor, draft, found, rows)


STEPS: Final[dict[str, Callable[[HttpRequest, Actor, Draft], HttpResponse]]] = {
    "what": _take_what,
    "whom": _take_whom,
    "phases": _take_phases,
}


def _create(
    request: HttpRequest, actor: Actor, draft: Draft, found: whom.Chosen, rows: list[phasing.Row]
) -> HttpResponse:
    """Plan it: exactly the devices that were shown, frozen into the phases."""
    shown = request.POST.get("count", "")
    if shown and shown != str(len(found.ids)):
        words = f"The choice takes {len(found.ids)} devices now; look at the phases once more."
        failure = invalid("devices", words)
        return _phases(request, actor, draft, found, rows, failure)
    wish = Wish(
        CREATE,
        {
            "name": request.POST.get("name", "").strip(),
            "operation": draft.operation,
            "input": draft.input,
            "devices": found.ids,
            "phases": phasing.raw_phases(rows),
        },
        draft.key,
    )
    try:
        outcome = call(request, actor, wish)
    except Failure as failure:
        return _phases(request, actor, draft, found, rows, failure)
    return redirect("console:rollout-plan", (outcome.output or {})["rollout"])


def _goes(request: HttpRequest, where: str) -> bool:
    return request.POST.get("go") == where


# -- the steps as they are shown


def _what(
    request: HttpRequest,
    actor: Actor,
    draft: Draft,
    fields: list[FormField] | None = None,
    failure: Failure | None = None,
) -> HttpResponse:
    operation = _chosen(actor, draft.operation) if draft.operation else None
    if fields is None and operation is not None:
        fields = prefilled(_fields(actor, operation), _showable(draft, actor, operation))
    context = {
        "operations": whom.carried(actor),
        "chosen": operation,
        "fields": fields or [],
        "given": draft.whom,
    }
    return _step(request, actor, draft, "what", context, failure)


def _showable(draft: Draft, actor: Actor, operation: AnyOperation) -> dict[str, Any]:
    """What was filled in before, without what must not be shown again."""
    secret = {one.name for one in _fields(actor, operation) if one.widget == "password"}
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in draft.input.items()
        if name not in secret
    }


def _whom(
    request: HttpRequest, actor: Actor, draft: Draft, failure: Failure | None = None
) -> HttpResponse:
    operation = _chosen(actor, draft.operation)
    context = {
        "chosen": operation,
        "given": draft.whom,
        "sites": fleet.sites(actor).values_list("path", flat=True)[:MOST_PLACES],
        "kinds": DeviceKind.choices,
        "tags": _tags(actor),
        **(_found(actor, operation, draft.whom) if draft.whom and not failure else {}),
    }
    return _step(request, actor, draft, "whom", context, failure)


def _found(actor: Actor, operation: AnyOperation, given: Any) -> dict[str, Any]:
    """The choice counted, or why it cannot be."""
    given = whom_of(given)
    if not given:
        return {}
    try:
        return {"found": whom.choose(actor, operation, given)}
    except Failure as failure:
        return {"unfit": failure}


def _tags(actor: Actor) -> list[str]:
    rows = fleet.devices(actor).order_by().select_related(None)
    tags = rows.exclude(tags=[]).values_list("tags", flat=True)[:MOST_PLACES]
    return sorted({tag for one in tags for tag in one})


def _phases(
    request: HttpRequest,
    actor: Actor,
    draft: Draft,
    found: whom.Chosen,
    rows: list[phasing.Row],
    failure: Failure | None = None,
) -> HttpResponse:
    operation = _chosen(actor, draft.operation)
    name = request.POST.get("name") or _name(operation, draft)
    wrong = [one for one in failure.errors if one.path == "name"] if failure else []
    context = {
        "chosen": operation,
        "found": found,
        "rows": phasing.with_errors(rows, failure) if failure else rows,
        "name": name[:100],
        "name_wrong": wrong[0].message if wrong else "",
        "fits_more": len(rows) < phasing.MOST,
    }
    return _step(request, actor, draft, "phases", context, failure)


def _name(operation: AnyOperation, draft: Draft) -> str:
    """A name to begin with: what, and where."""
    where = draft.whom.get("tag") or draft.whom.get("site", "").strip("/").replace("/", " / ")
    what = " ".join(operation.name.split(".")[1:]).replace("_", " ")
    return f"{what.capitalize()}, {where}" if where else what.capitalize()


def _step(
    request: HttpRequest,
    actor: Actor,
    draft: Draft,
    step: str,
    context: dict[str, Any],
    failure: Failure | None,
) -> HttpResponse:
    query = QueryDict(mutable=True)
    query.update(draft.whom)
    whole = {
        **context,
        "step": step,
        "draft": draft.sealed(),
        "failure": failure and _spoken(failure),
        "retryable": failure is not None and is_retryable(failure),
        "query": query.urlencode(),
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "rollout_new.html", whole, status=status)


def _spoken(failure: Failure) -> Failure:
    """What is said above the form: what stands beside its field need not be said twice."""
    elsewhere = [one for one in failure.errors if not _is_beside(one)]
    return Failure(failure.code, failure.detail, errors=elsewhere)


def _is_beside(error: FieldError) -> bool:
    return error.path.startswith("phases.") or error.path == "name"
