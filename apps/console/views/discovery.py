"""Ranges that may be looked through for miners, what answered there, and adopting it."""

from collections import Counter
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import page, show
from apps.console.calls import Wish, call, may_call, operation_for
from apps.console.views.operations import answered
from apps.fleet import selectors as fleet
from apps.fleet.models import DiscoveryRange
from apps.fleet.selectors import VIEW
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.discovery import judging
from apps.miners.discovery.judging import Judged, Verdict
from apps.miners.models import Find
from apps.operations.failures import TABLE, is_retryable

SCAN: Final = "miners.discovery.scan"
ADOPT: Final = "miners.discovery.adopt"
SAVE: Final = "fleet.range.save"
DELETE: Final = "fleet.range.delete"
MOST_RANGES: Final = 500
PLACES: Final = 1_000
#: Finds that are shown and ticked at once: as many as one call adopts.
MOST: Final = 200
#: What somebody has to look at stands first.
ORDER: Final = (
    Verdict.NEW,
    Verdict.MOVED,
    Verdict.CONFLICT,
    Verdict.LOCKED,
    Verdict.FOREIGN,
    Verdict.GONE,
    Verdict.KNOWN,
)
ADOPTABLE: Final = (Verdict.NEW, Verdict.MOVED)


@page
def discovery(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Look through a range, adopt what was found, or declare another range."""
    if not actor.may(VIEW):
        raise Failure(Code.FORBIDDEN, f"This page needs the permission {VIEW}.")
    if request.method != "POST":
        return _shown(request, actor)
    try:
        wish = wish_of(request)
        operation = operation_for(actor, wish.operation)
        outcome = call(request, actor, wish)
    except Failure as failure:
        return _shown(request, actor, failure)
    if wish.operation == SAVE and outcome.output is not None:
        return redirect(f"{reverse('console:discovery')}?range={outcome.output['range']}")
    return answered(request, actor, operation, wish, outcome)


def wish_of(request: HttpRequest) -> Wish:
    """What the pressed button asks for; an unknown one adopts nothing and is refused."""
    post = request.POST
    key = post.get("key") or f"console:{new_id()}"
    if post.get("do") == "scan":
        return Wish(SCAN, {"range": post.get("range", "")}, key)
    if post.get("do") == "save":
        return Wish(SAVE, entered(request), key)
    wanted: dict[str, Any] = {"finds": post.getlist("find")}
    if site := post.get("place", "").strip():
        wanted["site"] = site
    return Wish(ADOPT, wanted, key)


def entered(request: HttpRequest) -> dict[str, Any]:
    """A range as the form says it; without a password the log-in stays as it is."""
    post = request.POST
    data: dict[str, Any] = {name: post.get(name, "").strip() for name in ("site", "network")}
    if password := post.get("password", ""):
        name = post.get("username", "").strip()
        data["secrets"] = {"username": name or "root", "password": password}
    return data


def _shown(request: HttpRequest, actor: Actor, failure: Failure | None = None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    ranges = list(DiscoveryRange.objects.for_actor(actor, VIEW)[:MOST_RANGES])
    chosen = next((one for one in ranges if str(one.id) == asked.get("range")), None)
    if chosen is None and len(ranges) == 1:
        chosen = ranges[0]
    context: dict[str, Any] = {
        "ranges": ranges,
        "chosen": chosen,
        "entered": {name: asked.get(name, "") for name in ("site", "network", "username")},
        "places": list(fleet.sites(actor).values_list("path", flat=True)[:PLACES]),
        "may_scan": may_call(actor, SCAN),
        "may_adopt": may_call(actor, ADOPT),
        "may_save": may_call(actor, SAVE),
        "delete": DELETE if may_call(actor, DELETE) else "",
        "failure": failure,
        "retryable": failure is not None and is_retryable(failure),
        "key": f"console:{new_id()}",
        **(_found(actor, chosen, asked.get("show", "")) if chosen else {}),
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "discovery.html", context, status=status)


def _found(actor: Actor, chosen: DiscoveryRange, wanted: str) -> dict[str, Any]:
    """The finds of a range with their verdicts of now, and its last scan."""
    rows = Find.objects.for_actor(actor, VIEW).filter(range_id=chosen.id).select_related("range")
    found = sorted(judging.judged(actor, list(rows)), key=_place)
    counts = Counter(one.verdict for one in found)
    those = [one for one in found if wanted in ("", one.verdict)]
    scan = scan_of(actor, chosen.id)
    return {
        "scan": scan,
        "counts": [(one, counts[one]) for one in ORDER if counts[one]],
        "wanted": wanted,
        "total": len(found),
        "finds": those[:MOST],
        "more": max(0, len(those) - MOST),
        # A scan that goes on may still find a twin, and fetching its progress would untick.
        "adoptable": not (scan and scan["open"])
        and any(one.verdict in ADOPTABLE for one in those[:MOST]),
    }


def _place(one: Judged) -> tuple[int, int, int]:
    ip = judging.literal(one.find.address)
    return (ORDER.index(one.verdict), ip.version if ip else 0, int(ip) if ip else 0)


def scan_of(actor: Actor, range_id: UUID) -> dict[str, Any] | None:
    """The newest scan of a range that the caller may see, and whether it goes on."""
    # Not by `input__range`, which Django reads as BETWEEN.
    wanted = {"range": str(range_id)}
    rows = jobs.jobs(actor).filter(operation=SCAN, input__contains=wanted)
    job: Job | None = rows.first()
    return {"job": job, "open": job.state in OPEN} if job else None
