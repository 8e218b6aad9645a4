"""All miners by place, the worst first; and the course of a miner or of a place."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import may_call
from apps.console.families import courses, fleet
from apps.console.families.circuits import drawn
from apps.console.paging import numbered
from apps.console.views.charts import Window, window_context, window_of
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, not_found
from apps.miners.charting import History, of_miner, of_place
from apps.miners.selectors import miners as rows_of

VIEW: Final = "miners.view"
FILTERS: Final = ("q", "site")


@page
def miners(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A place: what it does, the places in it, its racks cell by cell, and its miners."""
    _require_view(actor)
    filters = {name: request.GET.get(name, "").strip()[:300] for name in FILTERS}
    found = fleet.rows(actor, filters["site"], filters["q"])
    parts = fleet.places(found)
    listed = numbered(request, fleet.worst_first(found))
    here = filters["site"] or "/"
    context = {
        **listed,
        "filters": filters,
        "here_path": here,
        "up": "/".join(here.rstrip("/").split("/")[:-1]) + "/" if here != "/" else "",
        "all": fleet.together(here, parts),
        "places": fleet.below(here, parts),
        "racks": fleet.racks(found, parts),
        "racks_all": len(parts),
        **drawn(actor, found),
        "may_find": may_call(actor, "miners.discovery.list"),
        "miners": [fleet.seen(one) for one in listed["rows"]],
    }
    return show(request, actor, "miners.html", context)


@page
def history(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """One miner over the range in the address."""
    row = rows_of(actor).filter(device_id=device_id).first()
    if row is None:
        raise not_found("miner", device_id)
    window = window_of(request)
    found = of_miner(row.device, window.start, window.end)
    context = {"device": row.device, **_drawn(found, window, single=True)}
    return show(request, actor, "course.html", context)


@page
def place_history(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All miners at `?site=` and below it, summed."""
    _require_view(actor)
    site = request.GET.get("site", "").strip()[:300] or "/"
    window = window_of(request)
    found = of_place(actor, site, window.start, window.end)
    context = {"site": site, **_drawn(found, window, single=False)}
    return show(request, actor, "course.html", context)


def _drawn(found: History, window: Window, *, single: bool) -> dict[str, Any]:
    work = courses.work(found, window.end, single=single)
    heat = courses.heat(found, window.end, single=single)
    return {
        **window_context(window),
        "source": found.source,
        "step": found.step.total_seconds(),
        "known": bool(found.points),
        "plots": [
            ("work", "Hash rate and power", work.series(window.seconds)),
            ("heat", "Heat and efficiency", heat.series(window.seconds)),
        ],
        "tables": [(plot.lines, plot.rows()) for plot in (work, heat)],
    }


def _require_view(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise Failure(Code.FORBIDDEN, f"This page needs the permission {VIEW}.")
