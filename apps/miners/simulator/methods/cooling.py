"""Fans of a simulated miner."""

from __future__ import annotations

from typing import Any

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_cooling_pb2 as pb
from apps.miners.simulator.heat import fan_ratio
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.settings import automatic_cooling
from apps.miners.simulator.state import MinerState

_FULL_RPM = 6000
_PERCENT = 100
_HOTTEST_C = 200
# In this order each is at least as hot as the one before.
_RISING = ("target", "hot", "dangerous")


def speed_ratio(state: MinerState) -> float:
    """Share of full fan speed, 0.2 when idle, 0.7 at the default power."""
    return fan_ratio(state.settings.cooling, state.load())


def fan_rpm(state: MinerState, position: int) -> int:
    return max(round(_FULL_RPM * speed_ratio(state)) - 10 * position, 0)


def get_state(state: MinerState, _request: pb.GetCoolingStateRequest) -> pb.GetCoolingStateResponse:
    ratio = round(speed_ratio(state), 2)
    hottest = common_pb.TemperatureSensor(
        id=0,
        location=common_pb.SENSOR_LOCATION_CHIP,
        temperature=common_pb.Temperature(degree_c=state.temperature()),
    )
    fans = [
        pb.FanState(position=position, rpm=fan_rpm(state, position), target_speed_ratio=ratio)
        for position in range(state.profile.fans)
    ]
    return pb.GetCoolingStateResponse(fans=fans, highest_temperature=hottest)


def set_mode(state: MinerState, request: pb.SetCoolingModeRequest) -> pb.SetCoolingModeResponse:
    """A change of mode takes the new mode's fields as they are; what it lacks is reset."""
    mode = request.WhichOneof("mode")
    if mode is None:
        raise Refusal(Kind.INVALID, "no cooling mode given")
    wanted = getattr(request, mode)
    _check(state, wanted)
    configuration = pb.CoolingConfiguration()
    getattr(configuration, mode).CopyFrom(wanted)
    state.settings.cooling = configuration
    state.history.record("cooling", mode=mode)
    response = pb.SetCoolingModeResponse()
    getattr(response, mode).CopyFrom(wanted)
    return response


def set_immersion(
    state: MinerState, request: pb.SetImmersionModeRequest
) -> pb.SetImmersionModeResponse:
    configuration = automatic_cooling()
    if request.enable_immersion_mode:
        configuration.immersion.SetInParent()
    state.settings.cooling = configuration
    state.history.record("cooling", mode=configuration.WhichOneof("mode"))
    return pb.SetImmersionModeResponse(immersion_mode=request.enable_immersion_mode)


def _check(state: MinerState, mode: Any) -> None:
    """Refuses values no fan or chip takes."""
    names = {field.name for field, _ in mode.ListFields()}
    if "fan_speed_ratio" in names and not 0 <= mode.fan_speed_ratio <= 1:
        raise Refusal(Kind.CONSTRAINT, f"fan speed {mode.fan_speed_ratio:g} is not within 0 and 1")
    for name in names & {"min_fan_speed", "max_fan_speed"}:
        if getattr(mode, name) > _PERCENT:
            raise Refusal(Kind.CONSTRAINT, f"{name} {getattr(mode, name)} % is above 100 %")
    if "minimum_required_fans" in names and mode.minimum_required_fans > state.profile.fans:
        words = f"minimum_required_fans {mode.minimum_required_fans} is above {state.profile.fans}"
        raise Refusal(Kind.CONSTRAINT, words)
    degrees = [getattr(mode, f"{name}_temperature").degree_c for name in _RISING
               if f"{name}_temperature" in names]  # fmt: skip
    if degrees != sorted(degrees) or any(not 0 <= one <= _HOTTEST_C for one in degrees):
        raise Refusal(Kind.CONSTRAINT, f"temperatures {degrees} must rise, within 0 and 200 °C")


METHODS: Methods = {
    "GetCoolingState": get_state,
    "SetCoolingMode": set_mode,
    "SetImmersionMode": set_immersion,
}
