"""History of a miner or of a place over any range, in the step that fits it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.db import connection
from django.db.models import Max, Sum

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.miners.models.rollup import PlaceHour, PlaceMinute, RollupMark
from apps.miners.rollups import HOUR, MINUTE, floor

POINTS: Final = 400
#: Up to which range each source is read; hours serve the rest.
SAMPLES_TO: Final = timedelta(hours=3)
MINUTES_TO: Final = timedelta(days=2)
VIEW: Final = "miners.view"

_SAMPLES: Final = """
SELECT date_bin(%(step)s, at, %(start)s), avg(terahash), min(terahash), max(terahash),
    avg(watts)::float8, max(chip_c), 1
FROM miners_minersample WHERE device_id = %(device)s AND at >= %(start)s AND at < %(end)s
GROUP BY 1 ORDER BY 1
"""
_ROLLED: Final = """
SELECT date_bin(%(step)s, at, %(start)s), sum(terahash * samples) / sum(samples),
    min(terahash_least), max(terahash_most), sum(watts * samples) / sum(samples), max(chip_c), 1
FROM {rows} WHERE device_id = %(device)s AND at >= %(start)s AND at < %(end)s
GROUP BY 1 ORDER BY 1
"""
#: The newest hours are not made yet: their minutes stand in for them.
_HOURS: Final = """(
    SELECT at, device_id, samples, terahash, terahash_least, terahash_most, watts, chip_c
    FROM miners_hour WHERE device_id = %(device)s AND at < %(cut)s
    UNION ALL
    SELECT at, device_id, samples, terahash, terahash_least, terahash_most, watts, chip_c
    FROM miners_minute WHERE device_id = %(device)s AND at >= %(cut)s
) AS made"""


@dataclass(frozen=True, slots=True)
class Point:
    """From `at` on: TH/s with its range, watts, the hottest chip in °C, and how many miners."""

    at: datetime
    terahash: float
    least: float
    most: float
    watts: float
    chip_c: float | None
    miners: int

    @property
    def joule_per_terahash(self) -> float | None:
        """Efficiency; None where nothing was hashed."""
        return self.watts / self.terahash if self.terahash > 0 else None


@dataclass(frozen=True, slots=True)
class History:
    """Points, `step` apart where something was measured; `source` says of what they are made."""

    source: str
    start: datetime
    step: timedelta
    points: list[Point]


def of_miner(device: Device, start: datetime, end: datetime) -> History:
    """A miner that the caller was given: samples, minutes or hours, whichever the range needs."""
    if end - start <= SAMPLES_TO:
        step = timedelta(seconds=max(1, ceil((end - start).total_seconds() / POINTS)))
        return History("each sample", start, step, _asked(_SAMPLES, device, start, end, step))
    source, native = _source(end - start)
    start, step = floor(start, native), _step(end - start, native)
    rows = "miners_minute" if native is MINUTE else _HOURS
    points = _asked(_ROLLED.format(rows=rows), device, start, end, step)
    return History(source, start, step, points)


def of_place(actor: Actor, path: str, start: datetime, end: datetime) -> History:
    """All miners at a place and below it, summed, as far as the actor may see whole places."""
    source, native = _source(end - start)
    start, step = floor(start, native), _step(end - start, native)
    cut = floor(end, HOUR) if native is MINUTE else _cut(end)
    models = [(PlaceMinute, start, end)] if native is MINUTE else _both(start, cut, end)
    found: list[Point] = []
    for model, since, until in models:
        rows = model.objects.for_actor(actor, VIEW).filter(at__gte=since, at__lt=until)
        if path != "/":
            rows = rows.filter(site_path__startswith=path)
        sums = (
            rows.order_by()
            .values("at")
            .annotate(th=Sum("terahash"), w=Sum("watts"), hot=Max("chip_c"), n=Sum("miners"))
        )
        found += [
            Point(one["at"], one["th"], one["th"], one["th"], one["w"], one["hot"], one["n"])
            for one in sums.order_by("at")
        ]
    return History(source, start, step, _binned(found, start, step))


def _both(
    start: datetime, cut: datetime, end: datetime
) -> list[tuple[type[PlaceHour] | type[PlaceMinute], datetime, datetime]]:
    return [(PlaceHour, start, min(cut, end)), (PlaceMinute, max(cut, start), end)]


def _source(span: timedelta) -> tuple[str, timedelta]:
    return ("minutes", MINUTE) if span <= MINUTES_TO else ("hours", HOUR)


def _step(span: timedelta, native: timedelta) -> timedelta:
    """A whole number of native steps, at most `POINTS` of them in the span."""
    return native * max(1, ceil(span / native / POINTS))


def _cut(end: datetime) -> datetime:
    """From when on hours are not made yet."""
    mark = RollupMark.objects.filter(step="hour").first()
    return mark.until if mark else end - timedelta(days=400)


def _asked(
    statement: str, device: Device, start: datetime, end: datetime, step: timedelta
) -> list[Point]:
    span: dict[str, Any] = {
        "step": step,
        "start": start,
        "end": end,
        "device": device.id,
        "cut": _cut(end),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, span)
        return [Point(*row) for row in cursor.fetchall()]


def _binned(points: Iterable[Point], start: datetime, step: timedelta) -> list[Point]:
    """Means of what lies in one step; the most miners and the hottest chip."""
    bins: dict[int, list[Point]] = {}
    for one in points:
        bins.setdefault((one.at - start) // step, []).append(one)
    return [
        Point(
            at=start + number * step,
            terahash=sum(one.terahash for one in those) / len(those),
            least=min(one.least for one in those),
            most=max(one.most for one in those),
            watts=sum(one.watts for one in those) / len(those),
            chip_c=max((one.chip_c for one in those if one.chip_c is not None), default=None),
            miners=max(one.miners for one in those),
        )
        for number, those in sorted(bins.items())
    ]
