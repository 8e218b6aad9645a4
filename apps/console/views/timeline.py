"""What happened to a Core's controls, who did it, and what the Core was at an instant."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console import moments
from apps.console.access import page, show
from apps.console.families.runs import runs
from apps.console.status import badge
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.qsys.models import Cause
from apps.qsys.selectors import Cursor, GroupBy, Which, changes, grouped, past, present

PAGE: Final = 100
DIFFERENCES: Final = 300
STATES: Final = 200
WHOM: Final = 50
LONGEST: Final = 200
FILTERS: Final = ("component", "control", "actor", "cause", "until")


@page
def timeline(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Changes that fit the filters in the address, newest first, page by page."""
    device = present.core_device(actor, device_id)
    filters = _texts(request, *FILTERS)
    until = moments.moment("until", filters["until"])
    cursor = request.GET.get("after", "")[:40]
    found = changes(
        actor,
        device,
        _which(filters),
        until=until,
        cursor=Cursor.parse(cursor) if cursor else None,
        limit=PAGE,
    )
    actors = grouped(actor, device, GroupBy.ACTOR, since=_day_ago(), limit=WHOM)
    context = {
        "device": device,
        "runs": runs(found.changes),
        "more": str(found.cursor) if found.cursor else "",
        "filters": {**filters, "until": moments.local(until)},
        "filtered": any(filters.values()) or bool(cursor),
        "causes": [(one, badge("cause", one).word) for one in Cause.values],
        "actors": [one.key for one in actors if one.key],
        "now": moments.local(clock.now()),
        "sees_audit": actor.may("audit.view"),
    }
    return show(request, actor, "timeline.html", context)


@page
def then(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """The Core at an instant: what differs from another one or from now, or the whole state."""
    device = present.core_device(actor, device_id)
    texts = _texts(request, "at", "until", "component", "control", "show")
    at = moments.past("at", texts["at"]) or _day_ago()
    until = moments.past("until", texts["until"])
    whole = texts["show"] == "state"
    context = {
        "device": device,
        "at": at,
        "until": until,
        "filters": {**texts, "at": moments.local(at), "until": moments.local(until)},
        "whole": whole,
    }
    which = _which(texts)
    if whole:
        after = request.GET.get("after", "")
        number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
        states = past.state_at(actor, device, at, which, after=number, limit=STATES + 1)
        more = states[STATES - 1].control.id if len(states) > STATES else None
        context |= {"states": states[:STATES], "more": more}
    else:
        now = until or clock.now()
        found = past.differences(actor, device, at, now, which, limit=DIFFERENCES + 1)
        context |= {"differences": found[:DIFFERENCES], "cut": len(found) > DIFFERENCES}
    return show(request, actor, "then.html", context)


def _texts(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:LONGEST] for name in names}


def _which(filters: dict[str, str]) -> Which:
    causes = filters.get("cause", "")
    return Which(
        components=_patterns(filters["component"]),
        controls=_patterns(filters["control"]),
        causes=(causes,) if causes in Cause.values else (),
        actor=filters.get("actor", ""),
    )


def _patterns(text: str) -> tuple[str, ...]:
    """What was typed, anywhere in the name and in large or small letters, as a shell pattern."""
    if not text:
        return ()
    return (f"*{''.join(_letter(one) for one in text)}*",)


def _letter(one: str) -> str:
    if one in "*?":
        return one
    return f"[{one.lower()}{one.upper()}]" if one.lower() != one.upper() else f"[{one}]"


def _day_ago() -> datetime:
    return clock.now() - moments.SPANS["1d"][1]
