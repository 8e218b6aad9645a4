"""What a Core has: its components as a searchable tree, each opened on demand."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.families.strips import strips
from apps.kernel.actor import Actor
from apps.qsys.selectors import dictionary, present

MOST_CONTROLS: Final = 300
LONGEST: Final = 100


@page
def components(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Components of the running design that fit the search in the address, by name."""
    device = present.core_device(actor, device_id)
    text = _text(request)
    after = request.GET.get("after")
    found = dictionary.branches(actor, device, contains=text, after=after)
    context = {"device": device, "branches": found.found, "more": found.more, "q": text}
    return show(request, actor, "components.html", context)


@page
def component(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """The controls of one component that fit, with what they are now."""
    device = present.core_device(actor, device_id)
    name = request.GET.get("component", "")
    rows = list(dictionary.branch(actor, device, name, _text(request))[: MOST_CONTROLS + 1])
    context = {
        "device": device,
        "desk": strips(actor, device, rows[:MOST_CONTROLS]),
        "cut": MOST_CONTROLS if len(rows) > MOST_CONTROLS else None,
    }
    return show(request, actor, "_component.html", context)


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]
