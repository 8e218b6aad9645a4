"""What Cores and their components report of themselves: by place, by Core, and one over time."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.families import spells
from apps.console.status import badge
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.qsys.inventory import selectors
from apps.qsys.inventory.codes import WORDS
from apps.qsys.inventory.sums import Sum, sums
from apps.qsys.models import ItemKind, StatusCode
from apps.qsys.selectors import VIEW, present

PAGE: Final = 100
#: Cores and places that are added up on the page; the worst come first.
SUMS_MOST: Final = 50
SPELLS_MOST: Final = 300
FILTERS: Final = ("site", "status", "kind", "q", "for")
#: What the filter `status` may say besides one status.
ALL: Final = "all"
#: How long at least, in the words of the filter `for`.
LASTING: Final = {
    "5m": ("5 minutes", timedelta(minutes=5)),
    "1h": ("an hour", timedelta(hours=1)),
    "1d": ("a day", timedelta(days=1)),
    "7d": ("a week", timedelta(days=7)),
}
#: Ranges of an item's past.
RANGES: Final = {
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "365d": ("1 year", timedelta(days=365)),
}
USUAL: Final = "30d"


@page
def cores(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All Cores below a place: added up, then what is not OK, the worst first."""
    require_view(actor)
    filters = _filters(request)
    total, by_core, by_place = sums(actor, filters["site"])
    here = filters["site"] or "/"
    context = {
        **_listed(request, actor, filters, selectors.Wanted(site=filters["site"])),
        "up": "/".join(here.rstrip("/").split("/")[:-1]) + "/" if here != "/" else "",
        "total": total,
        "counts": spells.counts(total.counts),
        "known": total.counts.total(),
        "places": [one for one in by_place if one.key.count("/") == here.count("/") + 1],
        "cores": [(one, spells.bad(one.counts)) for one in by_core[:SUMS_MOST]],
        "cores_all": len(by_core),
    }
    return show(request, actor, "cores.html", context)


@page
def core_status(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """One Core and its components, the worst first."""
    device = present.core_device(actor, device_id)
    filters = {**_filters(request), "site": ""}
    filters["status"] = filters["status"] or ALL
    wanted = selectors.Wanted(device=device)
    total = Sum("", device.name)
    for row in selectors.open_spells(actor, wanted):
        total.add(device.id, row.code, 1, row.began)
    context = {
        **_listed(request, actor, filters, wanted),
        "device": device,
        "total": total,
        "counts": spells.counts(total.counts),
        "known": total.counts.total(),
        "stale": selectors.is_stale(device),
    }
    return show(request, actor, "core_status.html", context)


@page
def item(request: HttpRequest, actor: Actor, item_id: UUID) -> HttpResponse:
    """What one item was, from when to when, and what that comes to."""
    found = selectors.item_get(actor, item_id)
    word = request.GET.get("last", USUAL)
    word = word if word in RANGES else USUAL
    now = clock.now()
    since = now - RANGES[word][1]
    rows = selectors.spells(found, since, now, SPELLS_MOST + 1)
    kept = rows[:SPELLS_MOST]
    context = {
        "item": found,
        "name": spells.name_of(found),
        "device": found.device,
        "stale": selectors.is_stale(found.device),
        "now": next((one for one in kept if one.ended is None), None),
        "spells": [spells.seen(one, now) for one in kept],
        "strip": spells.strip(kept, since, now),
        "totals": spells.totals(kept, since, now),
        "cut": SPELLS_MOST if len(rows) > SPELLS_MOST else None,
        "ranges": [(one, shown) for one, (shown, _) in RANGES.items()],
        "word": word,
    }
    return show(request, actor, "inventory_item.html", context)


def require_view(actor: Actor) -> None:
    """Raises `forbidden` for whoever may look at no Core."""
    if not actor.may(VIEW):
        raise Failure(Code.FORBIDDEN, f"This page needs the permission {VIEW}.")


def _filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:300] for name in FILTERS}


def _listed(
    request: HttpRequest, actor: Actor, filters: dict[str, str], within: selectors.Wanted
) -> dict[str, Any]:
    """The items that fit the filters in the address; without a status, those that are not OK."""
    wanted = selectors.Wanted(
        device=within.device,
        site=within.site,
        kinds=(filters["kind"],) if filters["kind"] in ItemKind.values else (),
        codes=_codes(filters["status"]),
        text=filters["q"][:100],
        least=LASTING[filters["for"]][1] if filters["for"] in LASTING else timedelta(),
    )
    after = request.GET.get("after", "")[:60]
    place = selectors.Place.parse(after) if after else None
    found, more = selectors.items(actor, wanted, after=place, limit=PAGE)
    return {
        "items": [spells.shown(one) for one in found],
        "more": str(more) if more else "",
        "filters": filters,
        "filtered": any(filters[name] for name in ("kind", "q", "for")),
        "kinds": ItemKind.choices,
        "statuses": [(word, badge("item", word).word) for word in WORDS.values()],
        "lasting": [(word, text) for word, (text, _) in LASTING.items()],
    }


def _codes(status: str) -> tuple[int, ...]:
    if status == ALL:
        return ()
    said = tuple(code for code, word in WORDS.items() if word == status)
    return said or tuple(code for code in WORDS if code != StatusCode.OK)
