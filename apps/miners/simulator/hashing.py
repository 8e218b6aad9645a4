"""The hash-rate model: a pure function of settings and time, so a miner at rest costs nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

IDLE_WATTS = 28
_NOISE = 0.004
# Less power hashes more per watt, as undervolted chips do.
_EFFICIENCY_EXPONENT = 0.8


@dataclass(frozen=True, slots=True)
class Curve:
    """Between power (W) and hash rate (TH/s): through the sticker's point, bent."""

    watts: float
    terahash: float

    def terahash_at(self, watts: float) -> float:
        return float(self.terahash * (watts / self.watts) ** _EFFICIENCY_EXPONENT)

    def watts_at(self, terahash: float) -> float:
        return float(self.watts * (terahash / self.terahash) ** (1 / _EFFICIENCY_EXPONENT))


def ramp_at(elapsed: float, ramp_seconds: float) -> float:
    """Share of the nominal rate (0 to 1) `elapsed` seconds after mining began."""
    if elapsed < 0:
        return 0.0
    return 1.0 if elapsed >= ramp_seconds else elapsed / ramp_seconds


def mean_ramp(elapsed: float, window: float, ramp_seconds: float) -> float:
    """Mean of `ramp_at` over the last `window` seconds, or over the run where that is shorter."""
    end = max(elapsed, 0.0)
    start = max(end - window, 0.0)
    if end == start:
        return ramp_at(end, ramp_seconds)
    return (_ramp_area(end, ramp_seconds) - _ramp_area(start, ramp_seconds)) / (end - start)


def _ramp_area(elapsed: float, ramp_seconds: float) -> float:
    if elapsed >= ramp_seconds:
        return elapsed - ramp_seconds / 2
    return elapsed * elapsed / (2 * ramp_seconds)


def noise(seed: int, time: float, window: float) -> float:
    """A factor near 1 that wanders with time, less over longer windows."""
    phase = time / 7.0 + seed * 1.7
    amplitude = _NOISE / math.sqrt(max(window / 5.0, 1.0))
    return 1.0 + amplitude * math.sin(phase) * math.cos(phase * 0.37)
