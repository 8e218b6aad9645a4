"""The shapes in which a family tells the console what to show."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a device. `key` is the name under which telemetry frames carry it."""

    key: str
    label: str
    value: Any
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: seconds since the epoch, and values (None is a gap)."""

    label: str
    times: tuple[float, ...]
    values: tuple[float | None, ...]
    unit: str = ""
