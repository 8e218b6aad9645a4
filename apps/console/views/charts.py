"""Controls of a Core over any range that is kept, going on while one looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console import moments
from apps.console.access import page, show
from apps.console.families import plots
from apps.console.families.cores import chosen
from apps.console.families.strips import label_of
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.qsys.models import Control
from apps.qsys.selectors import present

LINES: Final = 4
FOUND: Final = 20
LONGEST: Final = timedelta(days=31)
USUAL: Final = "30m"
#: Types whose values are numbers that can be drawn.
DRAWN: Final = ("Float", "Integer", "Time", "Boolean")


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at. `word` names a span that ends now and goes on; else empty."""

    start: datetime
    end: datetime
    word: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


@page
def chart(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Up to four controls over a range in the address."""
    device = present.core_device(actor, device_id)
    controls = _controls(request, actor, device)
    window = window_of(request)
    drawn = plots.plot(actor, device, controls, window.start, window.end)
    text = request.GET.get("q", "").strip()[:100]
    ids = [one.id for one in controls]
    context = {
        "device": device,
        **window_context(window),
        "plot": drawn,
        "rows": drawn.rows(),
        "series": drawn.series(window.seconds),
        "q": text,
        "lines": [
            (one, line, [number for number in ids if number != one.id])
            for one, line in zip(controls, drawn.lines, strict=True)
        ],
        "ids": ids,
        "found": _search(actor, device, text, ids) if text else [],
        "full": len(ids) >= LINES,
    }
    return show(request, actor, "chart.html", context)


def _controls(request: HttpRequest, actor: Actor, device: Device) -> list[Control]:
    """Those in the address; without any the gain that moved last and the first meter."""
    texts = request.GET.getlist("control")[:LINES]
    numbers = [int(one) for one in texts if one.isascii() and one.isdigit() and len(one) < 10]
    rows = present.controls(actor, device, current=False).filter(type__in=DRAWN)
    if numbers:
        by_id = {one.id: one for one in rows.filter(id__in=numbers)}
        return [by_id[one] for one in dict.fromkeys(numbers) if one in by_id]
    gains = [one for one in chosen(actor, device) if one.name == "gain" and hasattr(one, "last")]
    meters = present.controls(actor, device).filter(telemetry=True, name__startswith="meter")
    newest = sorted(gains, key=lambda one: one.last.at, reverse=True)
    return [*newest[:1], *meters.order_by("component", "id")[:1]]


def _search(actor: Actor, device: Device, text: str, ids: list[int]) -> list[tuple[int, str]]:
    rows = present.controls(actor, device, contains=text).filter(type__in=DRAWN).exclude(id__in=ids)
    found = rows.order_by("component", "name")[:FOUND]
    return [(one.id, label_of(one.component, one.name)) for one in found]


def window_context(window: Window) -> dict[str, Any]:
    """What the choice of a range shows."""
    return {
        "window": window,
        "spans": [(word, shown) for word, (shown, _) in moments.SPANS.items()],
        "from": moments.local(window.start),
        "to": moments.local(window.end),
    }


def window_of(request: HttpRequest) -> Window:
    """The range in the address: one that ends now by its word, or from and to any time."""
    now = clock.now()
    start = moments.past("from", request.GET.get("from", ""))
    end = moments.moment("to", request.GET.get("to", ""))
    if start is None:
        word = request.GET.get("last", USUAL)
        word = word if word in moments.SPANS else USUAL
        return Window(now - moments.SPANS[word][1], now, word)
    end = min(end or now, now)
    if not start < end:
        raise invalid("to", "has to be later than from.")
    if end - start > LONGEST:
        raise invalid("from", f"is more than {LONGEST.days} days before to; choose less at once.")
    return Window(start, end, "")
