"""Power targets and tuner of a simulated miner, within the ranges of its profile."""

from __future__ import annotations

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_performance_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.profile import Range
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.releases import api_minor
from apps.miners.simulator.settings import power_mode
from apps.miners.simulator.state import MinerState

_PREHEAT_SINCE = 11


def get_tuner_state(
    state: MinerState, _request: pb.GetTunerStateRequest
) -> pb.GetTunerStateResponse:
    response = pb.GetTunerStateResponse(overall_tuner_state=_tuner_state(state))
    if state.performance.HasField("manual_mode"):
        return response
    mode = state.performance.tuner_mode
    if mode.HasField("hashrate_target"):
        response.hashrate_target_mode_state.current_target.CopyFrom(
            mode.hashrate_target.hashrate_target
        )
    else:
        response.power_target_mode_state.profile.CopyFrom(_profile(state))
        response.power_target_mode_state.current_target.watt = round(state.target_watts())
    return response


def list_profiles(
    state: MinerState, _request: pb.ListTargetProfilesRequest
) -> pb.ListTargetProfilesResponse:
    return pb.ListTargetProfilesResponse(power_target_profiles=[_profile(state)])


def set_default_power(
    state: MinerState, request: pb.SetDefaultPowerTargetRequest
) -> pb.SetPowerTargetResponse:
    return _set_power(state, request.save_action, int(state.profile.power.default))


def set_power(state: MinerState, request: pb.SetPowerTargetRequest) -> pb.SetPowerTargetResponse:
    return _set_power(state, request.save_action, request.power_target.watt)


def increment_power(
    state: MinerState, request: pb.IncrementPowerTargetRequest
) -> pb.SetPowerTargetResponse:
    watts = round(state.target_watts()) + request.power_target_increment.watt
    return _set_power(state, request.save_action, watts)


def decrement_power(
    state: MinerState, request: pb.DecrementPowerTargetRequest
) -> pb.SetPowerTargetResponse:
    watts = round(state.target_watts()) - request.power_target_decrement.watt
    return _set_power(state, request.save_action, watts)


def set_relative_power(
    state: MinerState, request: pb.SetRelativeTargetRequest
) -> pb.SetPowerTargetResponse:
    reference = _reference(request.reference, state.profile.power, state.target_watts())
    return _set_power(state, request.save_action, round(reference * request.percentage / 100))


def set_default_hashrate(
    state: MinerState, request: pb.SetDefaultHashrateTargetRequest
) -> pb.SetHashrateTargetResponse:
    return _set_hashrate(state, request.save_action, state.profile.hashrate.default)


def set_hashrate(
    state: MinerState, request: pb.SetHashrateTargetRequest
) -> pb.SetHashrateTargetResponse:
    rate = request.hashrate_target.terahash_per_second
    return _set_hashrate(state, request.save_action, rate)


def increment_hashrate(
    state: MinerState, request: pb.IncrementHashrateTargetRequest
) -> pb.SetHashrateTargetResponse:
    rate = _terahash(state) + request.hashrate_target_increment.terahash_per_second
    return _set_hashrate(state, request.save_action, rate)


def decrement_hashrate(
    state: MinerState, request: pb.DecrementHashrateTargetRequest
) -> pb.SetHashrateTargetResponse:
    rate = _terahash(state) - request.hashrate_target_decrement.terahash_per_second
    return _set_hashrate(state, request.save_action, rate)


def set_relative_hashrate(
    state: MinerState, request: pb.SetRelativeTargetRequest
) -> pb.SetHashrateTargetResponse:
    reference = _reference(request.reference, state.profile.hashrate, _terahash(state))
    return _set_hashrate(state, request.save_action, reference * request.percentage / 100)


def set_mode(state: MinerState, request: pb.SetPerformanceModeRequest) -> pb.PerformanceMode:
    tuner = request.mode.tuner_mode
    if tuner.HasField("power_target"):
        _set_power(state, request.save_action, tuner.power_target.power_target.watt)
        return state.settings.performance
    if tuner.HasField("hashrate_target"):
        rate = tuner.hashrate_target.hashrate_target.terahash_per_second
        _check("hashrate target", rate, state.profile.hashrate, "TH/s")
    elif not request.mode.HasField("manual_mode"):
        raise Refusal(Kind.INVALID, "no performance mode given")
    _store(state, request.save_action, request.mode)
    return state.settings.performance


def get_mode(state: MinerState, _request: pb.GetPerformanceModeRequest) -> pb.PerformanceMode:
    return state.performance


def _set_power(
    state: MinerState, save: common_pb.SaveAction, watts: int
) -> pb.SetPowerTargetResponse:
    _check("power target", watts, state.profile.power, "W")
    _store(state, save, power_mode(watts))
    state.history.record("power_target", watts=watts, save_action=int(save))
    return pb.SetPowerTargetResponse(power_target=common_pb.Power(watt=watts))


def _set_hashrate(
    state: MinerState, save: common_pb.SaveAction, rate: float
) -> pb.SetHashrateTargetResponse:
    _check("hashrate target", rate, state.profile.hashrate, "TH/s")
    mode = pb.PerformanceMode()
    target = mode.tuner_mode.hashrate_target.hashrate_target
    target.terahash_per_second = rate
    _store(state, save, mode)
    state.history.record("hashrate_target", terahash=rate, save_action=int(save))
    return pb.SetHashrateTargetResponse(hashrate_target=target)


def _terahash(state: MinerState) -> float:
    """The hash-rate target of now, or what the power target promises."""
    return state.curve.terahash_at(state.target_watts())


def _reference(kind: pb.RelativeTargetReference, allowed: Range, current: float) -> float:
    found = {
        pb.RELATIVE_TARGET_REFERENCE_NOMINAL: allowed.default,
        pb.RELATIVE_TARGET_REFERENCE_MIN: allowed.least,
        pb.RELATIVE_TARGET_REFERENCE_MAX: allowed.most,
        pb.RELATIVE_TARGET_REFERENCE_CURRENT: current,
    }.get(kind)
    if found is None:
        raise Refusal(Kind.INVALID, "no reference given")
    return found


def _tuner_state(state: MinerState) -> pb.TunerState:
    if state.performance.HasField("manual_mode"):
        return pb.TUNER_STATE_DISABLED
    if state.run.mining is None or not state.ramping():
        return pb.TUNER_STATE_CONTINUOUS
    warms = state.preheating() and api_minor(state.version) >= _PREHEAT_SINCE
    return pb.TUNER_STATE_PREHEAT if warms else pb.TUNER_STATE_TUNING


def _check(name: str, value: float, allowed: Range, unit: str) -> None:
    if not allowed.holds(value):
        words = (
            f"{name} {value:g} {unit} is not within {allowed.least:g} and {allowed.most:g} {unit}"
        )
        raise Refusal(Kind.CONSTRAINT, words)


def _store(state: MinerState, save: common_pb.SaveAction, mode: pb.PerformanceMode) -> None:
    state.settings.performance = mode
    if save != common_pb.SAVE_ACTION_SAVE:
        state.performance = mode


def _profile(state: MinerState) -> pb.PowerTargetProfile:
    target = common_pb.Power(watt=round(state.target_watts()))
    rate = common_pb.GigaHashrate(gigahash_per_second=state.nominal_gigahash())
    return pb.PowerTargetProfile(
        target=target, measured_hashrate=rate, estimated_power_consumption=target
    )


METHODS: Methods = {
    "GetTunerState": get_tuner_state,
    "ListTargetProfiles": list_profiles,
    "SetDefaultPowerTarget": set_default_power,
    "SetPowerTarget": set_power,
    "IncrementPowerTarget": increment_power,
    "DecrementPowerTarget": decrement_power,
    "SetRelativePowerTarget": set_relative_power,
    "SetDefaultHashrateTarget": set_default_hashrate,
    "SetHashrateTarget": set_hashrate,
    "IncrementHashrateTarget": increment_hashrate,
    "DecrementHashrateTarget": decrement_hashrate,
    "SetRelativeHashrateTarget": set_relative_hashrate,
    "SetPerformanceMode": set_mode,
    "GetActivePerformanceMode": get_mode,
}
