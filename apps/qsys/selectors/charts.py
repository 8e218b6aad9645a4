"""One control over time, in as many points as a chart has room for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.qsys.models import FRAMES, Control, TelemetryFrame
from apps.qsys.selectors import present
from apps.qsys.telemetry.packing import unpack

MOST_POINTS: Final = 5_000
#: Raw samples are unpacked for spans up to this; beyond, figures a second do.
FINE: Final = timedelta(minutes=10)


class Source(StrEnum):
    """Where the points come from."""

    FRAMES = "frames"
    SECONDS = "seconds"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Point:
    """The values within one step from `at`; a single sample has all its figures equal."""

    at: datetime
    samples: int
    minimum: float
    maximum: float
    mean: float
    last: float


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of time. `before` is the value at the start, where the line comes from.

    Between two points a control keeps its value: what did not change was not stored.
    """

    control: Control
    source: Source
    step: float
    before: float | None
    points: list[Point]


_SECONDS: Final = """
SELECT date_bin(%(step)s, at, %(start)s) AS bucket, sum(samples)::int,
    min(minimum), max(maximum), sum(mean * samples) / sum(samples),
    (array_agg(last ORDER BY at DESC))[1]
FROM qsys_second
WHERE control_id = %(control)s AND at >= %(start)s AND at < %(end)s
GROUP BY bucket ORDER BY bucket
"""
_EVENTS: Final = """
SELECT date_bin(%(step)s, at, %(start)s) AS bucket, count(*)::int,
    min(number), max(number), avg(number), (array_agg(number ORDER BY at DESC))[1]
FROM qsys_event
WHERE control_id = %(control)s AND at >= %(start)s AND at < %(end)s AND number IS NOT NULL
GROUP BY bucket ORDER BY bucket
"""
_SECOND_BEFORE: Final = """
SELECT last FROM qsys_second WHERE control_id = %s AND at < %s ORDER BY at DESC LIMIT 1
"""
_EVENT_BEFORE: Final = """
SELECT number FROM qsys_event WHERE control_id = %s AND at < %s ORDER BY at DESC LIMIT 1
"""


def series(
    actor: Actor, control_id: int, start: datetime, end: datetime, points: int = 500
) -> Series:
    """At most `points` steps of a control from `start` to `end`.

    Telemetry comes from raw samples where a step is finer than a second and they are still
    kept, else from its figures a second; other controls come from their changes. Raises
    `not_found`, and `invalid` for a span without length.
    """
    control = present.control_by_id(actor, control_id)
    if not start < end:
        raise invalid("to", "has to be later than from.")
    wanted = max(1, min(points, MOST_POINTS))
    step = (end - start) / wanted
    source = _source(control, start, end, step)
    if source is Source.SECONDS:
        step = max(timedelta(seconds=1), step)
    found = (
        _from_frames(control, start, end, step)
        if source is Source.FRAMES
        else _binned(_EVENTS if source is Source.EVENTS else _SECONDS, control, start, end, step)
    )
    before = _before(_EVENT_BEFORE if source is Source.EVENTS else _SECOND_BEFORE, control, start)
    return Series(control, source, step.total_seconds(), before, found)


def _source(control: Control, start: datetime, end: datetime, step: timedelta) -> Source:
    if not control.telemetry:
        return Source.EVENTS
    kept = start > clock.now() - timedelta(days=FRAMES.keep_days)
    fine = step < timedelta(seconds=1) and end - start <= FINE
    return Source.FRAMES if kept and fine else Source.SECONDS


def _binned(
    query: str, control: Control, start: datetime, end: datetime, step: timedelta
) -> list[Point]:
    arguments: dict[str, Any] = {"step": step, "start": start, "end": end, "control": control.id}
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return [Point(*row) for row in cursor.fetchall()]


def _from_frames(control: Control, start: datetime, end: datetime, step: timedelta) -> list[Point]:
    first = start.replace(microsecond=0)
    rows = TelemetryFrame.objects.filter(
        device_id=control.device_id, at__gte=first, at__lt=end
    ).order_by("at")
    bins: dict[int, list[float]] = {}
    for row in rows.iterator(chunk_size=100):
        for sample in unpack(bytes(row.data)):
            if sample.control_id != control.id:
                continue
            at = row.at + timedelta(milliseconds=sample.offset)
            if start <= at < end:
                bins.setdefault((at - start) // step, []).append(sample.value)
    return [_point(start + number * step, values) for number, values in bins.items()]


def _point(at: datetime, values: list[float]) -> Point:
    mean = sum(values) / len(values)
    return Point(at, len(values), min(values), max(values), mean, values[-1])


def _before(query: str, control: Control, start: datetime) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(query, [control.id, start])
        row: tuple[Any, ...] | None = cursor.fetchone()
    return None if row is None else row[0]
