"""The first page: what is wrong comes first."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Case, Count, F, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.console.access import page, show
from apps.console.calls import may_call
from apps.console.status import badge
from apps.console.views.jobs import ENDED_BADLY
from apps.fleet import selectors as fleet
from apps.fleet.models import Liveness
from apps.fleet.models.device import DeviceRows
from apps.jobs import selectors as jobs
from apps.jobs.transitions import OPEN
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.operations import approvals
from apps.operations.models import ApprovalState

MOST: Final = 8
WORST: Final = (Liveness.LOST, Liveness.REBOOTING, Liveness.STALE)


@page
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Lost devices, running jobs, people who wait; each count leads to its list."""
    devices = fleet.devices(actor)
    alive = dict(devices.order_by().values_list("state__liveness").annotate(Count("id")))
    trouble = list(worst_first(devices.filter(state__liveness__in=WORST))[: MOST + 1])
    open_jobs = jobs.jobs(actor).filter(state__in=OPEN)
    pending = approvals.visible(actor).filter(state=ApprovalState.PENDING)
    waiting = pending.filter(expires_at__gt=clock.now())
    since = clock.now() - timedelta(days=1)
    bad = jobs.jobs(actor).filter(state__in=ENDED_BADLY, finished_at__gte=since)
    context = {
        "counts": [*_liveness_counts(alive), *_work_counts(open_jobs.count(), waiting.count())],
        "devices_total": sum(alive.values()),
        "trouble": trouble[:MOST],
        "trouble_more": len(trouble) > MOST,
        "running": open_jobs[:MOST],
        "approvals": waiting[:MOST],
        "ended_badly": bad[:MOST],
        "may_register": may_call(actor, "fleet.device.register"),
    }
    return show(request, actor, "overview.html", context)


def worst_first(devices: DeviceRows) -> DeviceRows:
    """Lost before rebooting before stale before the rest, the longest unseen first, then by name.

    Those that answer were all seen just now, so among them only the name counts.
    """
    order = [When(state__liveness=value, then=Value(rank)) for rank, value in enumerate(WORST)]
    rank = Case(*order, default=Value(len(WORST)), output_field=IntegerField())
    unseen = Case(When(state__liveness__in=WORST, then=F("state__seen_at")))
    return devices.order_by(rank, unseen.asc(nulls_last=True), "name")


def _liveness_counts(alive: dict[str | None, int]) -> list[dict[str, Any]]:
    never = alive.get(None, 0) + alive.get(Liveness.NEVER, 0)
    numbers = {value: alive.get(value, 0) for value in (*WORST, Liveness.OK)}
    return [
        _count("liveness", value, number, f"{reverse('console:devices')}?liveness={value}")
        for value, number in {**numbers, Liveness.NEVER: never}.items()
        if number or value in (Liveness.LOST, Liveness.STALE, Liveness.OK)
    ]


def _work_counts(open_jobs: int, waiting: int) -> list[dict[str, Any]]:
    found = [
        _count("job", "running", open_jobs, f"{reverse('console:jobs')}?state=open"),
        _count("approval", "pending", waiting, reverse("console:approvals")),
    ]
    found[0]["word"], found[1]["word"] = "Open jobs", "Approvals"
    return found


def _count(family: str, state: str, number: int, url: str) -> dict[str, Any]:
    shown = badge(family, state)
    return {
        "word": shown.word,
        "icon": shown.icon.replace("loader-circle", "play"),
        "tone": shown.tone,
        "number": number,
        "url": url,
    }
