"""Curtailments: the list, one with its power over time, and what a new one would do."""

from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.console.access import page, show
from apps.console.calls import Wish, call, may_call, operation_for
from apps.console.views.operations import answered
from apps.fleet.selectors import sites
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.miners.curtail import report, selectors
from apps.miners.curtail.schemas import MinersCurtailmentOut
from apps.miners.models import Curtailment
from apps.operations.failures import TABLE, is_retryable
from apps.operations.outcome import Outcome, Status

START: Final = "miners.curtailment.start"
STOP: Final = "miners.curtailment.stop"
PREVIEW: Final = "miners.curtailment.preview"
#: What a preview takes of the form.
PREVIEWED: Final = ("site", "cap_kw", "reduce_kw", "emergency")
MOST: Final = 200
POINTS: Final = 400
#: Rows of the table beside the chart.
ROWS: Final = 48
PLACES: Final = 1_000


@page
def curtailments(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All there are, those under way first."""
    rows = list(selectors.curtailments(actor)[:MOST])
    running = [one for one in rows if not one.finished_at]
    context = {
        "events": [*running, *(one for one in rows if one.finished_at)],
        "may_start": may_call(actor, START),
    }
    return show(request, actor, "curtailments.html", context)


@page
def curtailment(request: HttpRequest, actor: Actor, curtailment_id: UUID) -> HttpResponse:
    """One: how it stands, its power against its limit, its miners."""
    event = selectors.curtailment_get(actor, curtailment_id)
    found = selectors.detailed(event, limit=1_000, points=POINTS)
    context = {
        "event": event,
        "found": found,
        "series": series(event, found),
        "rows": report.thinned(found.points, ROWS),
        "may_stop": may_call(actor, STOP) and not event.finished_at and not event.restoring_at,
    }
    return show(request, actor, "curtailment.html", context)


def series(event: Curtailment, found: MinersCurtailmentOut) -> list[dict[str, Any]]:
    """What the browser draws: measured, counted and allowed power on the same times."""
    times = [round(one.at.timestamp(), 3) for one in found.points]
    span = times[-1] - times[0] if times else 0.0
    lines = (
        ("Measured", [one.kw for one in found.points]),
        ("Counted", [one.counted_kw for one in found.points]),
        ("Limit", [found.limit_kw for _ in found.points]),
    )
    return [
        {
            "label": label,
            "unit": "kW",
            "key": label.lower(),
            "span": span,
            "times": times if number == 0 else [],
            "values": values,
        }
        for number, (label, values) in enumerate(lines)
    ]


@page
def curtailment_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Say how much and where, look at what would be done, then plan and confirm it."""
    start = operation_for(actor, START)
    if request.method != "POST":
        return _form(request, actor)
    try:
        data = entered(request)
        if request.POST.get("act") != "start":
            return _form(request, actor, preview=_preview(request, actor, data))
        wish = Wish(
            operation=START,
            input=data,
            key=request.POST.get("key") or f"console:{new_id()}",
            reason=request.POST.get("reason", "").strip()[:500],
        )
        outcome = call(request, actor, wish)
    except Failure as failure:
        return _form(request, actor, failure=failure)
    if outcome.status is Status.OK and outcome.output is not None:
        return redirect("console:curtailment", outcome.output["curtailment"])
    return answered(request, actor, start, wish, outcome)


def entered(request: HttpRequest) -> dict[str, Any]:
    """What the form says, as the operation takes it; a wrong number is left to be refused."""
    post = request.POST
    data: dict[str, Any] = {
        "site": post.get("site", "").strip(),
        "cap_kw" if post.get("how") == "cap" else "reduce_kw": number(post.get("kw", "")),
        "name": post.get("name", "").strip(),
        "emergency": post.get("emergency") == "on",
    }
    if minutes := post.get("minutes", "").strip():
        data["minutes"] = int(minutes) if minutes.isdecimal() and minutes.isascii() else minutes
    return data


def number(text: str) -> float | str:
    """A number, or the text as it is."""
    try:
        return float(text.strip())
    except ValueError:
        return text


def _preview(request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Outcome:
    only = {key: value for key, value in data.items() if key in PREVIEWED}
    return call(request, actor, Wish(PREVIEW, only, f"console:{new_id()}"))


def _form(
    request: HttpRequest,
    actor: Actor,
    *,
    preview: Outcome | None = None,
    failure: Failure | None = None,
) -> HttpResponse:
    paths = sites(actor, "miners.operate").values_list("path", flat=True)[:PLACES]
    whole = ["/"] if actor.may_everywhere("miners.operate") else []
    context = {
        "places": list(chain(whole, paths)),
        "entered": request.POST,
        "preview": preview.output if preview else None,
        "failure": failure,
        "retryable": failure is not None and is_retryable(failure),
        "key": f"console:{new_id()}",
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "curtailment_new.html", context, status=status)
