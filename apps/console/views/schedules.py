"""Schedules: the list, and the form that makes one out of any operation that can be scheduled."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import Wish, call, may_call, operation_for
from apps.console.forms import entered, form_of, raw_input
from apps.console.views.operations import answered
from apps.jobs import selectors
from apps.jobs.timing import check_cron, check_zone, next_runs
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, FieldError
from apps.kernel.ids import new_id
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face
from apps.operations.failures import TABLE, is_retryable

CREATE: Final = "jobs.schedule.create"
OWN: Final = ("name", "cron", "time_zone")


@dataclass(frozen=True, slots=True)
class Action:
    """A button beside a schedule; `enabled` says beside which ones, None beside all."""

    name: str
    word: str
    enabled: bool | None = None


ACTIONS: Final = (
    Action("jobs.schedule.update", "Edit"),
    Action("jobs.schedule.resume", "Switch on", enabled=False),
    Action("jobs.schedule.pause", "Switch off", enabled=True),
    Action("jobs.schedule.delete", "Delete"),
)


@page
def schedules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All schedules with when they run next and how the last run went."""
    context = {
        "schedules": selectors.schedules(actor)[:500],
        "may_create": may_call(actor, CREATE),
        "actions": [action for action in ACTIONS if may_call(actor, action.name)],
    }
    return show(request, actor, "schedules.html", context)


@page
def schedule_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose an operation, fill in its input, say when; saving goes through the door."""
    create = operation_for(actor, CREATE)
    name = request.GET.get("operation", "")
    chosen = installed().get(name) if name else None
    if chosen is not None and Face.SCHEDULE not in chosen.faces:
        raise installed().unknown(name)
    if request.method != "POST" or chosen is None:
        return _form(request, actor, chosen)
    try:
        wish = _wish(request, actor, chosen)
        outcome = call(request, actor, wish)
    except Failure as failure:
        return _form(request, actor, chosen, failure)
    return answered(request, actor, create, wish, outcome)


@page
def schedule_preview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The next five runs of `?cron=` in `?time_zone=`, as a fragment."""
    cron = request.GET.get("cron", "").strip()
    zone = request.GET.get("time_zone", "").strip() or "UTC"
    try:
        check_cron(cron)
        check_zone(zone)
    except Failure as failure:
        return show(request, actor, "_preview.html", {"failure": failure})
    runs = [
        (f"{run.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M}", f"{run.astimezone(UTC):%H:%M}")
        for run in next_runs(cron, zone, clock.now())
    ]
    return show(request, actor, "_preview.html", {"runs": runs})


def _wish(request: HttpRequest, actor: Actor, chosen: AnyOperation) -> Wish:
    own = {name: request.POST.get(name, "").strip() for name in OWN}
    return Wish(
        operation=CREATE,
        input={
            **own,
            "operation": chosen.name,
            "input": raw_input(form_of(chosen, actor), request.POST),
        },
        key=request.POST.get("key") or f"console:{new_id()}",
    )


def _form(
    request: HttpRequest,
    actor: Actor,
    chosen: AnyOperation | None,
    failure: Failure | None = None,
) -> HttpResponse:
    fields = form_of(chosen, actor) if chosen else []
    if failure is not None:
        fields = entered(fields, request.POST, _inner(failure))
    context: dict[str, Any] = {
        "operations": installed().visible_to(actor, Face.SCHEDULE),
        "chosen": chosen,
        "fields": fields,
        "entered": request.POST,
        "zones": sorted(available_timezones()),
        "failure": failure,
        "retryable": failure is not None and is_retryable(failure),
        "key": f"console:{new_id()}",
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "schedule_new.html", context, status=status)


def _inner(failure: Failure) -> Failure:
    """Errors of the scheduled operation's input, whose paths begin with `input.`."""
    errors = [
        FieldError(error.path.removeprefix("input."), error.message, error.allowed)
        for error in failure.errors
    ]
    return Failure(failure.code, failure.detail, errors=errors)
