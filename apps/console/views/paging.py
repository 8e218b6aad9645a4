"""Public-address pages of a Core: what is on the air, ending it, and paging zones that are free."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import Wish, call, may_here
from apps.console.families.paged import WORDS, Paged
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.failures import is_retryable
from apps.qsys.models import OVER
from apps.qsys.selectors import pages, present

#: Pages that are over and still shown.
OVER_MOST: Final = 30
GOING_MOST: Final = 100
SUBMIT: Final = "qsys.page.submit"
STOP: Final = "qsys.page.stop"
ZONES: Final = "qsys.zone.list"


@page
def paging(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Pages that go on, each with its ways to end; then those that are over, newest first."""
    device = present.core_device(actor, device_id)
    rows = pages(actor).filter(device=device)
    context = {
        "device": device,
        "going": [Paged(row) for row in rows.exclude(state__in=OVER)[:GOING_MOST]],
        "over": [Paged(row) for row in rows.filter(state__in=OVER)[:OVER_MOST]],
        "may_page": may_here(actor, SUBMIT, device),
        "may_stop": may_here(actor, STOP, device),
    }
    return show(request, actor, "paging.html", context)


@page
def zones(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """The zones as the Core tells them now, as a fragment: it is asked once each time this is."""
    device = present.core_device(actor, device_id)
    context: dict[str, Any] = {
        "device": device,
        "modes": WORDS.items(),
        "may_page": may_here(actor, SUBMIT, device),
    }
    wish = Wish(ZONES, {"device": str(device.id)}, key=f"console:{new_id()}")
    try:
        context["found"] = call(request, actor, wish).output
    except Failure as failure:
        context |= {"failure": failure, "retryable": is_retryable(failure)}
    return show(request, actor, "_zones.html", {**context, "asked_at": clock.now()})
