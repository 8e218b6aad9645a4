"""The course of a miner or of a place as lines: hash rate and power, heat and efficiency."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from apps.console.families.plots import Line, Plot, Value
from apps.miners.charting import History, Point

Read = Callable[[Point], Value]


def work(found: History, end: datetime, *, single: bool) -> Plot:
    """Hash rate and power; of a single miner with the band of its hash rate."""
    rate = _line(found, end, "Hash rate", "TH/s", "terahash", lambda one: one.terahash)
    if single:
        low = _column(found, end, lambda one: one.least)
        high = _column(found, end, lambda one: one.most)
        if low != high:
            rate = Line(rate.label, rate.unit, rate.key, rate.source, False, rate.values, low, high)
    power = _line(found, end, "Power", "W", "watts", lambda one: one.watts)
    return _plot(found, end, [rate, power])


def heat(found: History, end: datetime, *, single: bool) -> Plot:
    """The hottest chip and the efficiency; of a place also how many miners were heard."""
    lines = [
        _line(found, end, "Hottest chip", "°C", "chip_c", lambda one: one.chip_c),
        _line(
            found,
            end,
            "Efficiency",
            "J/TH",
            "joule_per_terahash",
            lambda one: one.joule_per_terahash,
        ),
    ]
    if not single:
        lines[0] = _line(found, end, "Miners heard", "miners", "", lambda one: float(one.miners))
    return _plot(found, end, lines)


def _plot(found: History, end: datetime, lines: list[Line]) -> Plot:
    return Plot(_times(found, end), found.step.total_seconds(), lines, [])


def _times(found: History, end: datetime) -> list[datetime]:
    size = max(found.step, timedelta(seconds=1))
    return [found.start + number * size for number in range(math.ceil((end - found.start) / size))]


def _line(found: History, end: datetime, label: str, unit: str, key: str, read: Read) -> Line:
    values = _column(found, end, read)
    return Line(label, unit, key, found.source, False, values)


def _column(found: History, end: datetime, read: Read) -> list[Value]:
    """A value a step; a gap where nothing was measured, but not for one missed poll."""
    count = math.ceil((end - found.start) / found.step)
    values: list[Value] = [None] * count
    for point in found.points:
        at = (point.at - found.start) // found.step
        if 0 <= at < count:
            value = read(point)
            values[at] = None if value is None else round(value, 3)
    return bridged(values, max(1, math.ceil(60 / found.step.total_seconds())))


def bridged(values: list[Value], most: int) -> list[Value]:
    """Gaps of at most `most` steps keep the value before them: polls are that far apart."""
    found: list[Value] = []
    held: Value = None
    gap = 0
    for one in values:
        gap = 0 if one is not None else gap + 1
        held = one if one is not None else (held if gap <= most else None)
        found.append(held)
    return found
