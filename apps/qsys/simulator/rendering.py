"""How a Core turns values into strings and positions, and back: pure rules, no state."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.qsys.simulator.spec import ControlSpec

UNITS: dict[str, tuple[str, int]] = {
    "dB": ("dB", 1),
    "ms": ("ms", 1),
    "C": ("°C", 1),
    "%": ("%", 0),
    "Hz": ("Hz", 0),
}
SILENT_TYPES = ("Text", "Trigger", "State Trigger")


def float32(value: float) -> float:
    """The number after a trip through the Core's single precision: -42.1 becomes -42.09999847."""
    single = struct.unpack("f", struct.pack("f", value))[0]
    return float(f"{single:.10g}")


def render(spec: ControlSpec, value: float) -> str:
    """The string an operator reads: `-10.0dB`, `muted`, `00:01:23`, `OK`."""
    if spec.labels:
        return spec.labels[min(max(int(value), 0), len(spec.labels) - 1)]
    if spec.unit == "time":
        seconds = int(value)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if spec.type == "Integer":
        return str(int(value))
    suffix, digits = UNITS.get(spec.unit, (spec.unit, 2))
    return f"{value:.{digits}f}{suffix}"


def parse(spec: ControlSpec, text: str) -> float:
    """The value meant by a string; raises ValueError when it means nothing to this control."""
    word = text.strip()
    folded = [label.casefold() for label in spec.labels]
    if word.casefold() in folded:
        return float(folded.index(word.casefold()))
    if spec.type == "Boolean" and word.casefold() in ("true", "false"):
        return float(word.casefold() == "true")
    if spec.unit == "time" and ":" in word:
        total = 0
        for part in word.split(":"):
            total = total * 60 + int(part)
        return float(total)
    suffix = UNITS.get(spec.unit, (spec.unit, 0))[0]
    return finite(float(word.removesuffix(suffix)))


def clamp(spec: ControlSpec, value: float) -> float:
    """The nearest value this control can have."""
    if spec.type == "Boolean":
        return 1.0 if value >= 0.5 else 0.0
    bounded = min(max(value, spec.minimum), spec.maximum)
    return float(round(bounded)) if spec.type == "Integer" else float32(bounded)


def position(spec: ControlSpec, value: float) -> float:
    """Where in its range a value lies, 0 to 1; linear, as documented for gains."""
    span = spec.maximum - spec.minimum
    if spec.type in SILENT_TYPES or span <= 0:
        return 0.0
    return float32(min(max((value - spec.minimum) / span, 0.0), 1.0))


def from_position(spec: ControlSpec, where: float) -> float:
    """The value at a position, which is clamped to 0..1."""
    bounded = min(max(where, 0.0), 1.0)
    return spec.minimum + bounded * (spec.maximum - spec.minimum)


def finite(value: float) -> float:
    """The number itself; raises ValueError for NaN and infinities, which no control can have."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not a finite number")
    return value
