"""What Cores run and ran, as somebody may see it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models import DesignRun
from apps.qsys.models.inventory import RunRows
from apps.qsys.selectors.present import VIEW

RAN = ("design", "design_code", "platform", "firmware")
VERSIONS_MOST = 100


@dataclass(frozen=True, slots=True)
class WantedRuns:
    """Which Cores; empty members let everything through."""

    device: Device | None = None
    site: str = ""
    design: str = ""
    drifted: bool | None = None


def running(actor: Actor, wanted: WantedRuns) -> RunRows:
    """What the wanted Cores run now."""
    rows = DesignRun.objects.for_actor(actor, VIEW).filter(ended=None)
    if wanted.device is not None:
        rows = rows.filter(device=wanted.device)
    if wanted.site:
        rows = rows.filter(device__site_path__startswith=wanted.site)
    if wanted.design:
        rows = rows.filter(design__icontains=wanted.design)
    if wanted.drifted is not None:
        rows = rows.filter(device__design_drift__isnull=not wanted.drifted)
    return rows


def page(actor: Actor, wanted: WantedRuns, *, after: str | None, limit: int) -> list[DesignRun]:
    """Runs of now by the name of their Core, behind the one named `after`; with all beside it."""
    rows = running(actor, wanted)
    if after is not None:
        rows = rows.filter(device__name__gt=after)
    rows = rows.select_related("device", "device__design_pin", "device__design_drift")
    return list(rows.order_by("device__name")[:limit])


def versions(actor: Actor, wanted: WantedRuns) -> list[dict[str, Any]]:
    """How many Cores run the same, the most first."""
    rows = running(actor, wanted).order_by().values(*RAN).annotate(cores=Count("id"))
    return list(rows.order_by("-cores", *RAN)[:VERSIONS_MOST])


def runs(device: Device, limit: int) -> list[DesignRun]:
    """What a Core that the caller may see ran, newest first."""
    return list(DesignRun.system.filter(device=device).order_by("-began", "-id")[:limit])
