"""Evidence for reading: who did what, through which face, and how it ended."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.audit import selectors
from apps.audit.models import Entry
from apps.console.access import page, show
from apps.console.evidence import with_endings
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.catalogue import installed
from apps.operations.core import Face

PAGE: Final = 50
#: Filters in the address, and the columns they compare.
TEXTS: Final = {"who": "actor_label", "face": "face", "entry": "entry", "request": "request_id"}
#: The filter `entry` that leaves nothing out.
EVERY: Final = "every"
IDS: Final = {"job": "job_id", "call": "call_id"}


@page
def audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Entries that fit the filters in the address, newest first.

    The steps of jobs are left out unless somebody asks for them, or for one job or request.
    """
    if not actor.may("audit.view"):
        raise Failure(Code.FORBIDDEN, "This needs the permission audit.view.")
    names = (*TEXTS, *IDS, "operation", "object", "since", "before")
    filters = {name: request.GET.get(name, "").strip()[:100] for name in names}
    rows = selectors.entries(actor).filter(condition(filters))
    if not any(filters[name] for name in ("entry", "request", *IDS)):
        rows = rows.exclude(entry=Entry.TRANSITION, job_id__isnull=False)
    found = with_endings(rows, PAGE + 1)
    context = {
        "entries": found[:PAGE],
        "more": found[PAGE - 1].id if len(found) > PAGE else None,
        "filters": filters,
        "filtered": any(filters.values()),
        "faces": [face.value for face in Face],
        "every": EVERY,
        "entry_choices": [one for one in Entry.choices if one[0] != Entry.OUTCOME],
        "operation_names": [operation.name for operation in installed()],
    }
    return show(request, actor, "audit.html", context)


def condition(filters: dict[str, str]) -> Q:
    """The filters as one condition; what is no id or date finds nothing."""
    found = Q()
    for name, column in TEXTS.items():
        value = filters[name]
        if value and (name, value) != ("entry", EVERY):
            found &= Q(**{column: value})
    if value := filters["operation"]:
        found &= Q(operation__startswith=value)
    for name, column in IDS.items():
        if value := filters[name]:
            found &= _is_id(column, value)
    if value := filters["object"]:
        found &= _is_id("object_id", value) | _is_id("device_id", value)
    if value := filters["before"]:
        found &= _is_id("id__lt", value)
    return found & _since(filters["since"])


def _is_id(column: str, value: str) -> Q:
    try:
        conditions: dict[str, Any] = {column: UUID(value)}
    except ValueError:
        return Q(pk__in=[])
    return Q(**conditions)


def _since(text: str) -> Q:
    """From the beginning of that day in the reader's zone."""
    if not text:
        return Q()
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.get_current_timezone())
    except ValueError:
        return Q(pk__in=[])
    return Q(at__gte=day)
