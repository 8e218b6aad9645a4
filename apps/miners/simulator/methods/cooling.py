"""Fans of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_cooling_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.state import MinerState

_FULL_RPM = 6000


def speed_ratio(state: MinerState) -> float:
    """Share of full fan speed, 0.2 when idle, 0.7 at the default power."""
    return min(0.2 + 0.5 * state.watts() / state.profile.power.default, 1.0)


def fan_rpm(state: MinerState, position: int) -> int:
    return round(_FULL_RPM * speed_ratio(state)) - 10 * position


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


METHODS: Methods = {"GetCoolingState": get_state}
