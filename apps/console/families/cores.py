"""A Core: its engine, the controls people ask for, and ten minutes of the first of them."""

from datetime import timedelta
from typing import Any, Final

from apps.console.families.show import Reading, Series
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
#: Names of controls an operator looks at first.
FIRST: Final = ("gain", "mute")

ENGINE: Final = (
    ("state", "Engine"),
    ("design", "Design"),
    ("design_code", "Design code"),
    ("status", "Status"),
)


def readings(actor: Actor, device: Device) -> tuple[Reading, ...]:
    """The engine's words, then controls by component, gains and mutes first."""
    state = getattr(device, "state", None)
    summary: dict[str, Any] = state.summary if state is not None else {}
    engine = [Reading(key, label, summary[key]) for key, label in ENGINE if summary.get(key)]
    return (*engine, *(_reading(one) for one in chosen(actor, device)))


def chosen(actor: Actor, device: Device) -> list[Control]:
    """The controls the page shows; meters are for the mixing desk, not for a list."""
    rows = present.controls(actor, device).filter(telemetry=False, name__in=FIRST)
    return list(rows.order_by("component", "name")[:SHOWN])


def _reading(control: Control) -> Reading:
    last = present.now_of(control)
    label = f"{control.component} {control.name}" if control.component else control.name
    return Reading(f"control:{control.id}", label, last.string or last.value or "unknown")


def history(actor: Actor, device: Device) -> tuple[Series, ...]:
    """The first gains, step by step; before its first change a control was what it was."""
    gains = [one for one in chosen(actor, device) if one.name == "gain"][:DRAWN]
    end = clock.now()
    start = end - SPAN
    step = SPAN.total_seconds() / POINTS
    times = tuple(start.timestamp() + step * index for index in range(POINTS + 1))
    return tuple(_line(actor, one, times) for one in gains)


def _line(actor: Actor, control: Control, times: tuple[float, ...]) -> Series:
    start, end = clock.now() - SPAN, clock.now()
    found = charts.series(actor, control.id, start, end, POINTS)
    known = {round(point.at.timestamp(), 1): point.last for point in found.points}
    changes = sorted(known)
    values: list[float | None] = []
    value, index = found.before, 0
    for moment in times:
        while index < len(changes) and changes[index] <= moment:
            value = known[changes[index]]
            index += 1
        values.append(value)
    return Series(f"{control.component} {control.name}", times, tuple(values))
