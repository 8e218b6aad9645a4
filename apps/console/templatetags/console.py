"""What templates of the console draw with: icons, badges, ages, values."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson
from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.console.rollouts.grid import Cell
from apps.console.status import BADGES
from apps.console.status import badge as badge_of
from apps.kernel import clock
from apps.operations.outcome import Plan
from apps.qsys.inventory.codes import WORDS

register = template.Library()

_SVG: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@cache
def _drawing(name: str) -> str:
    path = Path(settings.STATICFILES_DIRS[0]) / "vendor" / "icons" / f"{name}.svg"
    found = _SVG.search(path.read_text()) if path.is_file() else None
    return " ".join(found[1].split()) if found else ""


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the vendored set; nothing to a screen reader, as a word stands beside it."""
    # The drawing is a file of ours whose hash is checked, never a caller's text.
    drawing = mark_safe(_drawing(name))  # noqa: S308 - see above  # nosec B308 B703
    return format_html(
        '<svg class="icon icon-{} {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        name,
        extra,
        drawing,
    )


@register.simple_tag
def badge(family: str, state: object) -> SafeString:
    """A state as icon, word and colour."""
    shown = badge_of(family, str(state))
    return format_html(
        '<span class="badge tone-{}">{}{}</span>', shown.tone, icon(shown.icon), shown.word
    )


@register.simple_tag
def sprite(*families: str) -> SafeString:
    """The drawings of families' badges, once: a page with a thousand badges refers to them."""
    names = sorted({one.icon for family in families for one in BADGES[family].values()})
    symbols = [
        # The drawings are files of ours whose hashes are checked, never a caller's text.
        (name, mark_safe(_drawing(name)))  # noqa: S308 - see above  # nosec B308 B703
        for name in names
    ]
    return format_html_join("", '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', symbols)


#: One cell of a grid, in one piece: a template of its own would be rendered a thousand times.
_CELL: Final = (
    '<a class="cell tone-{}" id="cell-{}" href="{}"{}><svg class="icon icon-{}" aria-hidden="true">'
    '<use href="#i-{}"/></svg><b>{}</b> <small>{}</small></a>'
)


@register.simple_tag
def cells(found: Iterable[Cell]) -> SafeString:
    """A cell a device, with icon, word and colour; the drawings are those of `sprite`."""
    return format_html_join(
        "",
        _CELL,
        (
            (
                one.shown.tone,
                one.device,
                one.url,
                format_html(' title="{}"', one.detail) if one.detail else "",
                one.shown.icon,
                one.shown.icon,
                one.name,
                one.shown.word,
            )
            for one in found
        ),
    )


@register.filter
def left_out(plan: Plan) -> list[tuple[str, list[str]]]:
    """Whom a plan leaves out: each reason with the names it holds for."""
    labels = {one.id: one.label for one in plan.targets}
    found: dict[str, list[str]] = {}
    for no in plan.refusals:
        found.setdefault(no.reason, []).append(labels.get(no.target, str(no.target)))
    return list(found.items())


@register.simple_tag
def kilowatts(watts: float) -> str:
    """Watts as a person reads them."""
    return f"{watts / 1000:,.1f} kW"


@register.filter
def status_name(code: int) -> str:
    """One of the six status codes as its word."""
    return WORDS[code]


@register.simple_tag
def tone(family: str, state: object) -> str:
    """Only the tone, for what stands beside a badge."""
    return badge_of(family, str(state)).tone


def age_text(seconds: float) -> str:
    """An age in its largest unit: 12 s, 5 min, 3 h, 2 d."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


@register.filter
def duration(seconds: float) -> str:
    """Seconds in their largest unit."""
    return age_text(float(seconds))


@register.filter
def lasting(seconds: float) -> str:
    """Seconds in their two largest units, where the smaller one is not nothing: 2 d 13 h."""
    for (size, unit), (less, smaller) in pairwise(_STEPS):
        if seconds >= size:
            rest = int(seconds % size // less)
            return f"{int(seconds // size)} {unit}" + (f" {rest} {smaller}" if rest else "")
    return age_text(float(seconds))


@register.simple_tag
def age(moment: datetime | str | None, never: str = "never") -> SafeString:
    """How long ago, ageing in the browser; on hover the exact instant, here and in UTC."""
    if not isinstance(moment, datetime):
        return format_html('<span class="muted">{}</span>', never)
    seconds = (clock.now() - moment).total_seconds()
    text = f"{age_text(seconds)} ago" if seconds >= 0 else f"in {age_text(-seconds)}"
    here = f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S %Z}"
    title = in_utc(moment) if here == in_utc(moment) else f"{here} · {in_utc(moment)}"
    return _time("age", moment, title, text)


@register.simple_tag
def instant(moment: datetime | None, form: str = "%d %b %H:%M:%S") -> SafeString | str:
    """An instant in the reader's own zone; the same in UTC on hover."""
    if moment is None:
        return "—"
    here = timezone.localtime(moment)
    if here.year != timezone.localtime(clock.now()).year:
        form = form.replace("%b", "%b %Y")
    return _time("clock", moment, in_utc(moment), here.strftime(form))


def in_utc(moment: datetime) -> str:
    """An instant in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _time(kind: str, moment: datetime, title: str, text: str) -> SafeString:
    iso = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    mark = '<time class="{}" datetime="{}" title="{}">{}</time>'
    return format_html(mark, kind, iso, title, text)


#: Units of a thousand each, from the one that numbers are kept in.
_RATES: Final = ("TH/s", "PH/s", "EH/s")
_POWERS: Final = ("W", "kW", "MW", "GW")


@register.filter
def hashrate(terahash: float) -> str:
    """A hash rate in the unit that fits it."""
    return _scaled(terahash, _RATES)


@register.filter
def power(watts: float) -> str:
    """Power in the unit that fits it."""
    return _scaled(watts, _POWERS)


def _scaled(value: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if value < 1_000:
            return f"{value:.1f} {unit}" if unit != "W" else f"{value:.0f} W"
        value /= 1_000
    return f"{value:.2f} {units[-1]}"


@register.filter
def pretty(value: Any) -> str:
    """Any value as readable JSON; text stays text."""
    if isinstance(value, str):
        return value
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, default=str, option=options).decode()


#: A control's state as outputs carry it.
_READING: Final = frozenset({"value", "string", "position"})


@register.filter
def spoken(value: Any) -> str:
    """A control's state as its Core writes it; any other value as JSON."""
    if isinstance(value, dict) and value.keys() == _READING:
        return str(value["string"] or ("unknown" if value["value"] is None else value["value"]))
    return pretty(value)


@register.filter
def readable(value: Any) -> str | SafeString:
    """One value of an output: instants with their age, yes and no, a dash for nothing."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(round(value, 3))
    if isinstance(value, str) and _INSTANT.match(value):
        return age(datetime.fromisoformat(value))
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ", ".join(str(one) for one in value)
    return spoken(value)


@register.filter
def short(value: object) -> str:
    """The end of an id: the beginning of a time-ordered one says only when."""
    return str(value)[-8:]


@register.filter
def place(path: str) -> str:
    """A site path for reading."""
    return " / ".join(path.strip("/").split("/")) or "whole tenant"


@register.simple_tag(takes_context=True)
def address(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some filters changed; an empty value drops one."""
    query = context["request"].GET.copy()
    for cursor in ("before", "after"):
        query.pop(cursor, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return f"?{query.urlencode()}"
