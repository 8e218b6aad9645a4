"""A Core: its engine, the controls people ask for, and ten minutes of those that moved last."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from apps.console.families.show import Reading, Series
from apps.console.families.strips import Strips, label_of, strips
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.qsys.models import Control
from apps.qsys.selectors import charts, present

SPAN: Final = timedelta(minutes=10)
POINTS: Final = 300
#: Controls on the page, and lines in its chart.
SHOWN: Final = 24
DRAWN: Final = 2
METERS: Final = 12
#: Names of controls an operator looks at first.
FIRST: Final = ("gain", "mute")

ENGINE: Final = (
    ("state", "Engine"),
    ("design", "Design"),
    ("design_code", "Design code"),
    ("status", "Status"),
)


def readings(actor: Actor, device: Device) -> tuple[Reading, ...]:
    """The engine's own words."""
    state = getattr(device, "state", None)
    summary: dict[str, Any] = state.summary if state is not None else {}
    return tuple(Reading(key, label, summary[key]) for key, label in ENGINE if summary.get(key))


def desk(actor: Actor, device: Device) -> Strips:
    """Gains and mutes by component, and some meters, as people use them."""
    rows = present.controls(actor, device).filter(telemetry=True, name__startswith="meter")
    meters = rows.order_by("component", "id")[:METERS]
    return strips(actor, device, [*chosen(actor, device), *meters])


def chosen(actor: Actor, device: Device) -> list[Control]:
    """The controls that an operator looks at first."""
    rows = present.controls(actor, device).filter(telemetry=False, name__in=FIRST)
    return list(rows.order_by("component", "name")[:SHOWN])


def history(actor: Actor, device: Device) -> tuple[Series, ...]:
    """The gains that moved last, step by step; before its first change a control was what it was.

    The values of a chart of two lines share their instants, so both are laid on one grid.
    """
    gains = [one for one in chosen(actor, device) if one.name == "gain" and hasattr(one, "last")]
    gains.sort(key=lambda one: one.last.at, reverse=True)
    end = clock.now().timestamp()
    step = SPAN.total_seconds() / POINTS
    times = tuple(end - step * index for index in range(POINTS, -1, -1))
    return trimmed([_line(actor, one, times) for one in gains[:DRAWN]])


def trimmed(lines: list[Series]) -> tuple[Series, ...]:
    """The lines from the first instant at which one of them is known."""
    columns = zip(*(line.values for line in lines), strict=True)
    first = next((at for at, column in enumerate(columns) if any(v is not None for v in column)), 0)
    return tuple(
        replace(line, times=line.times[first:], values=line.values[first:]) for line in lines
    )


def _line(actor: Actor, control: Control, times: tuple[float, ...]) -> Series:
    end = clock.now()
    found = charts.series(actor, control.id, end - SPAN, end, POINTS)
    points = [(point.at.timestamp(), point.last) for point in found.points]
    return Series(
        label_of(control.component, control.name),
        times,
        tuple(held(found.before, points, times)),
        unit="dB",
        key=f"control:{control.id}",
        span=SPAN.total_seconds(),
        stepped=True,
    )


def held(
    before: float | None, points: list[tuple[float, float]], times: tuple[float, ...]
) -> list[float | None]:
    """At each of `times` the value of the newest point up to then; `before` where there is none."""
    values: list[float | None] = []
    value, index = before, 0
    for moment in times:
        while index < len(points) and points[index][0] <= moment:
            value = points[index][1]
            index += 1
        values.append(value)
    return values
