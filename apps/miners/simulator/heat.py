"""The thermal model: fan speed and chip temperature as pure functions of settings and load.

A load is a share of the machine's default power: 1 is all of it.
"""

from __future__ import annotations

from typing import Final

from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb

HALL_C: Final = 25.0
#: Degrees that a load of 1 adds with the fans it asks for, and in a liquid.
_BY_AIR_C, _BY_LIQUID_C = 50.0, 30.0
_SLOWEST: Final = 0.05
_HOT_C, _DANGEROUS_C = 85.0, 95.0

Cooling = cooling_pb.CoolingConfiguration


def has_fans(cooling: Cooling) -> bool:
    """Whether fans turn: in a liquid they do not."""
    return cooling.WhichOneof("mode") not in ("immersion", "hydro")


def fan_ratio(cooling: Cooling, load: float) -> float:
    """Share of full fan speed (0 to 1)."""
    mode = cooling.WhichOneof("mode")
    if not has_fans(cooling):
        return 0.0
    if mode in ("manual", "disabled"):
        return float(getattr(cooling, mode).fan_speed_ratio)
    most = cooling.auto.max_fan_speed / 100 if cooling.auto.HasField("max_fan_speed") else 1.0
    return min(max(_wanted(load), cooling.auto.min_fan_speed / 100), most)


def chip_celsius(cooling: Cooling, load: float) -> float:
    """Hottest chip in °C; faster fans than needed cool a little, slower ones much less."""
    if not has_fans(cooling):
        return HALL_C + _BY_LIQUID_C * load
    lack = _wanted(load) / max(fan_ratio(cooling, load), _SLOWEST)
    return HALL_C + _BY_AIR_C * load * max(lack, 0.8)


def scaled(
    cooling: Cooling, dps: performance_pb.DPSConfiguration, watts: float, full: float
) -> float:
    """Power target in W after dynamic power scaling stepped down from the hot temperature."""
    step, least = dps.power_step.watt or 300, dps.min_power_target.watt
    while dps.enabled and watts > least and chip_celsius(cooling, watts / full) >= _hot(cooling):
        watts = max(watts - step, least)
    return watts


def overheats(cooling: Cooling, load: float) -> bool:
    """Whether mining on would reach the dangerous temperature, at which the miner halts."""
    dangerous = _limit(cooling, "dangerous_temperature", _DANGEROUS_C)
    return dangerous is not None and chip_celsius(cooling, load) >= dangerous


def _hot(cooling: Cooling) -> float:
    return _limit(cooling, "hot_temperature", _HOT_C) or _HOT_C


def _limit(cooling: Cooling, name: str, usual: float) -> float | None:
    """A limit of the mode in °C; None where the mode watches none."""
    mode = cooling.WhichOneof("mode") or "auto"
    if mode == "disabled":
        return None
    return float(getattr(getattr(cooling, mode), name).degree_c) or usual


def _wanted(load: float) -> float:
    """Fan speed that keeps the usual temperature: 0.2 idle, 0.7 at a load of 1."""
    return min(0.2 + 0.5 * load, 1.0)
