"""Dynamic power scaling, ramping and the efficiency curve of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_performance_pb2 as pb
from apps.miners.simulator.heat import HALL_C, chip_celsius, fan_ratio
from apps.miners.simulator.method import Methods
from apps.miners.simulator.profile import Range
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

_POINTS = 8
_STEP_W = Range(300, 100, 1000)
_HOURS = Range(3, 1, 72)
_RAMP_S = Range(60, 0, 3600)
_START_PERCENT = Range(100, 10, 100)


def set_dps(state: MinerState, request: pb.SetDPSRequest) -> pb.SetDPSResponse:
    """What is not given stays as it is."""
    dps = pb.DPSConfiguration()
    dps.CopyFrom(state.settings.dps)
    if request.HasField("enable"):
        dps.enabled = request.enable
    if request.HasField("enable_shutdown"):
        dps.shutdown_enabled = request.enable_shutdown
    if request.HasField("shutdown_duration"):
        _check("shutdown duration", request.shutdown_duration.hours, _HOURS, "h")
        dps.shutdown_duration.CopyFrom(request.shutdown_duration)
    if request.HasField("mode"):
        dps.mode = request.mode
    if request.HasField("on_start_target_percent"):
        _check("start target", request.on_start_target_percent, _START_PERCENT, "%")
        dps.on_start_target_percent = request.on_start_target_percent
    _take_target(state, request.target, dps)
    state.settings.dps = dps
    state.history.record("dps", enabled=dps.enabled)
    return _shown(dps)


def _take_target(state: MinerState, target: pb.DPSTarget, dps: pb.DPSConfiguration) -> None:
    if target.HasField("power_target"):
        wanted = target.power_target
        if wanted.HasField("power_step"):
            _check("power step", wanted.power_step.watt, _STEP_W, "W")
            dps.power_step.CopyFrom(wanted.power_step)
        if wanted.HasField("min_power_target"):
            _check("least power", wanted.min_power_target.watt, state.profile.power, "W")
            dps.min_power_target.CopyFrom(wanted.min_power_target)
    if target.HasField("hashrate_target"):
        dps.hashrate_step.CopyFrom(target.hashrate_target.hashrate_step)
        dps.min_hashrate_target.CopyFrom(target.hashrate_target.min_hashrate_target)


def _shown(dps: pb.DPSConfiguration) -> pb.SetDPSResponse:
    response = pb.SetDPSResponse(
        enabled=dps.enabled,
        shutdown_enabled=dps.shutdown_enabled,
        shutdown_duration=dps.shutdown_duration,
        mode=dps.mode,
    )
    response.power_target.power_step.CopyFrom(dps.power_step)
    response.power_target.min_power_target.CopyFrom(dps.min_power_target)
    if dps.HasField("on_start_target_percent"):
        response.on_start_target_percent = dps.on_start_target_percent
    return response


def set_ramping(state: MinerState, request: pb.SetQuickRampingRequest) -> pb.QuickRampingResponse:
    for seconds in (request.up_s, request.down_s):
        _check("ramping time", seconds, _RAMP_S, "s")
    state.settings.ramp_up_s, state.settings.ramp_down_s = request.up_s, request.down_s
    state.history.record("ramping", up_s=request.up_s, down_s=request.down_s)
    return pb.QuickRampingResponse(up_s=request.up_s, down_s=request.down_s)


def set_default_ramping(
    state: MinerState, _request: pb.SetDefaultQuickRampingRequest
) -> pb.QuickRampingResponse:
    state.settings.ramp_up_s = state.settings.ramp_down_s = 0
    state.history.record("ramping", up_s=0, down_s=0)
    seconds = int(_RAMP_S.default)
    return pb.QuickRampingResponse(up_s=seconds, down_s=seconds)


def remove_profiles(
    state: MinerState, _request: pb.RemoveTunedProfilesRequest
) -> pb.RemoveTunedProfilesResponse:
    """Tuning begins anew."""
    state.ramp_again()
    state.history.record("profiles_removed")
    return pb.RemoveTunedProfilesResponse()


def efficiency(
    state: MinerState, _request: pb.GetMinerEfficiencyProfileRequest
) -> pb.GetMinerEfficiencyProfileResponse:
    """The machine's curve, by ascending power."""
    least, most = state.profile.power.least, state.profile.power.most
    watts = [least + (most - least) * step / (_POINTS - 1) for step in range(_POINTS)]
    return pb.GetMinerEfficiencyProfileResponse(points=[_point(state, one) for one in watts])


def _point(state: MinerState, watts: float) -> pb.MinerEfficiencyPoint:
    load, cooling = watts / state.profile.power.default, state.settings.cooling
    power = common_pb.Power(watt=round(watts))
    return pb.MinerEfficiencyPoint(
        quality=100,
        power_target=power,
        consumption=power,
        fan_speed=round(100 * fan_ratio(cooling, load)),
        outlet_temp=common_pb.Temperature(degree_c=chip_celsius(cooling, load) - 18),
        ambient_temp=common_pb.Temperature(degree_c=HALL_C),
        hashrate=common_pb.TeraHashrate(terahash_per_second=state.curve.terahash_at(watts)),
        frequency=common_pb.Frequency(hertz=545e6),
        voltage=common_pb.Voltage(volt=13.2),
    )


def _check(name: str, value: float, allowed: Range, unit: str) -> None:
    if not allowed.holds(value):
        words = f"{name} {value:g} {unit} is not within {allowed.least:g} and {allowed.most:g}"
        raise Refusal(Kind.CONSTRAINT, words)


METHODS: Methods = {
    "SetDPS": set_dps,
    "SetQuickRamping": set_ramping,
    "SetDefaultQuickRamping": set_default_ramping,
    "RemoveTunedProfiles": remove_profiles,
    "GetMinerEfficiencyProfile": efficiency,
}
