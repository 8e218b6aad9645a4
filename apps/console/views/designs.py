"""Which design and firmware Cores run, ran and should run, and what strays from that."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import may_here
from apps.console.views.cores import require_view
from apps.kernel.actor import Actor
from apps.qsys.inventory import versions
from apps.qsys.models import DesignDrift, DesignPin
from apps.qsys.selectors import present

PAGE: Final = 100
#: Cores that drifted, above the list of all; the list has them all.
DRIFTED_MOST: Final = 50
RUNS_MOST: Final = 100
PIN: Final = "qsys.design.pin"
FILTERS: Final = ("design", "drifted")


@page
def designs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All Cores: those that drifted, what runs how often, and each one by name."""
    require_view(actor)
    filters = {name: request.GET.get(name, "").strip()[:200] for name in FILTERS}
    wanted = versions.WantedRuns(
        design=filters["design"], drifted={"yes": True, "no": False}.get(filters["drifted"])
    )
    after = request.GET.get("after", "")[:200] or None
    found = versions.page(actor, wanted, after=after, limit=PAGE + 1)
    strays = versions.WantedRuns(drifted=True)
    context = {
        "runs": found[:PAGE],
        "more": found[PAGE - 1].device.name if len(found) > PAGE else "",
        "drifted": versions.page(actor, strays, after=None, limit=DRIFTED_MOST),
        "drifted_all": versions.running(actor, strays).count(),
        "versions": versions.versions(actor, wanted),
        "filters": filters,
        "filtered": any(filters.values()) or bool(after),
    }
    return show(request, actor, "designs.html", context)


@page
def core_designs(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """What one Core runs, should run and ran."""
    device = present.core_device(actor, device_id)
    found = versions.runs(device, RUNS_MOST + 1)
    context = {
        "device": device,
        "now": next((one for one in found if one.ended is None), None),
        "runs": found[:RUNS_MOST],
        "cut": RUNS_MOST if len(found) > RUNS_MOST else None,
        "pin": DesignPin.objects.filter(device=device).first(),
        "drift": DesignDrift.objects.filter(device=device).first(),
        "may_pin": may_here(actor, PIN, device),
    }
    return show(request, actor, "core_designs.html", context)
