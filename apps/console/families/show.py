"""The shapes in which a family tells the console what to show."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a device. `key` is the name under which telemetry frames carry it.

    `shape` is empty or `duration` (the value is seconds). `act` is the query that opens the form
    of the operation that changes this value; empty for what cannot be changed here.
    """

    key: str
    label: str
    value: Any
    unit: str = ""
    shape: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: seconds since the epoch, and values (None is a gap).

    `key` is the reading whose frames go on with the line, `span` the seconds the chart shows.
    A `stepped` line keeps its value until the next point.
    """

    label: str
    times: tuple[float, ...]
    values: tuple[float | None, ...]
    unit: str = ""
    key: str = ""
    span: float = 3_600.0
    stepped: bool = False
