"""Controls of a Core over any range: a line with its band, gaps where nobody could look."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from apps.console.families.strips import label_of
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models import Control
from apps.qsys.selectors import Source, charts
from apps.qsys.selectors.outages import Outage, outages

POINTS: Final = 400
#: Rows of the table beside a chart.
ROWS: Final = 48
#: A number as Cores render it, and its unit.
UNIT: Final = re.compile(r"^\s*[+-]?[\d.,]+\s*([^\d\s.,]+)\s*$")
#: Where points come from, in words.
SOURCES: Final = {
    Source.FRAMES: "each sample",
    Source.SECONDS: "figures a second",
    Source.EVENTS: "each change",
}

Value = float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One control on the times of its plot. `low` and `high` are empty where there is no band."""

    label: str
    unit: str
    key: str
    source: str
    stepped: bool
    values: list[Value]
    low: list[Value] = field(default_factory=list)
    high: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines that share their times, and the spans without an answer. Steps are seconds."""

    times: list[datetime]
    step: float
    lines: list[Line]
    gaps: list[Outage]

    def series(self, span: float) -> list[dict[str, Any]]:
        """What the browser draws: the lines, each with the times."""
        seconds = [round(one.timestamp(), 3) for one in self.times]
        return [
            {
                "label": one.label,
                "unit": one.unit,
                "key": one.key,
                "stepped": one.stepped,
                "span": span,
                "times": seconds if number == 0 else [],
                "values": one.values,
                "low": one.low,
                "high": one.high,
            }
            for number, one in enumerate(self.lines)
        ]

    def rows(self) -> list[tuple[datetime, list[tuple[Value, Value, Value]]]]:
        """The same as a table: lowest, last and highest of each line, in fewer steps."""
        stride = max(1, math.ceil(len(self.times) / ROWS))
        return [
            (self.times[at], [_summed(one, at, at + stride) for one in self.lines])
            for at in range(0, len(self.times), stride)
        ]


def plot(
    actor: Actor, device: Device, controls: Sequence[Control], start: datetime, end: datetime
) -> Plot:
    """Controls of one Core from `start` to `end`."""
    found = [charts.series(actor, one.id, start, end, POINTS) for one in controls]
    step = max([one.step for one in found], default=(end - start).total_seconds() / POINTS)
    size = timedelta(seconds=step)
    times = [start + number * size for number in range(math.ceil((end - start) / size))]
    gaps = outages(device, start, end)
    blind = [any(gap.covers(one) for gap in gaps) for one in times]
    lines = [_line(one, start, size, blind) for one in found]
    return Plot(times, step, lines, gaps)


def _line(found: charts.Series, start: datetime, size: timedelta, blind: list[bool]) -> Line:
    """Between two points a control keeps its value; while nobody could look there is none."""
    cells: dict[int, charts.Point] = {}
    for point in found.points:
        at = (point.at - start) // size
        cells[at] = _joined(cells[at], point) if at in cells else point
    stepped = found.source is Source.EVENTS
    low: list[Value] = []
    middle: list[Value] = []
    high: list[Value] = []
    value = found.before
    for number, is_blind in enumerate(blind):
        cell = cells.get(number)
        three = (value, value, value)
        if cell is not None:
            value = cell.last
            three = (cell.minimum, cell.last if stepped else cell.mean, cell.maximum)
        for column, one in zip((low, middle, high), three, strict=True):
            column.append(None if one is None or (is_blind and cell is None) else round(one, 3))
    has_band = low != high
    return Line(
        label=label_of(found.control.component, found.control.name),
        unit=unit_of(found.control),
        key=f"control:{found.control.id}",
        source=SOURCES[found.source],
        stepped=stepped,
        values=middle,
        low=low if has_band else [],
        high=high if has_band else [],
    )


def _joined(one: charts.Point, other: charts.Point) -> charts.Point:
    samples = one.samples + other.samples
    return charts.Point(
        one.at,
        samples,
        min(one.minimum, other.minimum),
        max(one.maximum, other.maximum),
        (one.mean * one.samples + other.mean * other.samples) / samples,
        other.last,
    )


def _summed(line: Line, start: int, end: int) -> tuple[Value, Value, Value]:
    known = [one for one in line.values[start:end] if one is not None]
    if not known:
        return (None, None, None)
    low = [one for one in line.low[start:end] if one is not None] or known
    high = [one for one in line.high[start:end] if one is not None] or known
    return (min(low), known[-1], max(high))


def unit_of(control: Control) -> str:
    """The unit in which a Core writes a control's value; empty where it writes none."""
    last = getattr(control, "last", None)
    found = UNIT.match(last.string) if last is not None else None
    return found[1][:8] if found else ""
