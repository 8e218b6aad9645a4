"""Configuration, allowed ranges and licence of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_configuration_pb2 as pb
from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_license_pb2 as license_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.profile import Range
from apps.miners.simulator.state import MinerState


def get_configuration(
    state: MinerState, _request: pb.GetMinerConfigurationRequest
) -> pb.GetMinerConfigurationResponse:
    return pb.GetMinerConfigurationResponse(
        pool_groups=state.settings.pool_groups,
        temperature=state.settings.cooling,
        tuner=_tuner(state),
        dps=state.settings.dps,
        hashboard_config=_hashboards(state),
    )


def get_constraints(
    state: MinerState, _request: pb.GetConstraintsRequest
) -> pb.GetConstraintsResponse:
    profile = state.profile
    tuner = performance_pb.TunerConstraints(
        power_target=_power(profile.power),
        hashrate_target=_hashrate(profile.hashrate),
        enabled=common_pb.BooleanConstraint(default=True),
        default_mode=performance_pb.TUNER_MODE_POWER_TARGET,
    )
    cooling = cooling_pb.CoolingConstraints(
        default_cooling_mode=cooling_pb.COOLING_MODE_AUTO,
        target_temperature=_celsius(Range(60, 0, 200)),
        hot_temperature=_celsius(Range(85, 0, 200)),
        dangerous_temperature=_celsius(Range(95, 0, 200)),
        fan_speed_ratio=common_pb.DoubleConstraints(default=0.7, min=0, max=1),
        minimum_required_fans=_whole(Range(4, 0, profile.fans)),
        min_fan_speed=_whole(Range(0, 0, 100)),
        max_fan_speed=_whole(Range(100, 0, 100)),
    )
    boards = performance_pb.HashboardConstraints(
        hashboard_ids=profile.board_ids,
        enabled=common_pb.BooleanConstraint(default=True),
        quick_ramping_time_s=_whole(Range(60, 0, 3600)),
    )
    return pb.GetConstraintsResponse(
        tuner_constraints=tuner,
        cooling_constraints=cooling,
        dps_constraints=performance_pb.DPSConstraints(
            power_step=_power(Range(300, 100, 1000)),
            hashrate_step=_hashrate(Range(10, 1, 40)),
            min_power_target=_power(profile.power),
            min_hashrate_target=_hashrate(profile.hashrate),
            shutdown_duration=_hours(Range(3, 1, 72)),
            on_start_target_percent=_whole(Range(100, 10, 100)),
        ),
        hashboards_constraints=boards,
    )


def get_license(
    state: MinerState, _request: license_pb.GetLicenseStateRequest
) -> license_pb.GetLicenseStateResponse:
    valid = license_pb.ValidLicense(
        type=license_pb.LICENSE_TYPE_STANDARD,
        contract_name=state.settings.contract_key or "simulated",
        time_to_restricted=30 * 86_400,
        dev_fee=common_pb.BasesPoints(bsp=200),
    )
    return license_pb.GetLicenseStateResponse(valid=valid)


def apply_contract_key(
    state: MinerState, request: license_pb.ApplyContractKeyRequest
) -> license_pb.ApplyContractKeyResponse:
    if request.contract_key:
        state.settings.contract_key = request.contract_key
    state.history.record("contract_key")
    return license_pb.ApplyContractKeyResponse(successful=bool(request.contract_key))


def _tuner(state: MinerState) -> performance_pb.TunerConfiguration:
    mode = state.settings.performance.tuner_mode
    if mode.HasField("hashrate_target"):
        return performance_pb.TunerConfiguration(
            enabled=True,
            tuner_mode=performance_pb.TUNER_MODE_HASHRATE_TARGET,
            hashrate_target=mode.hashrate_target.hashrate_target,
        )
    return performance_pb.TunerConfiguration(
        enabled=mode.HasField("power_target"),
        tuner_mode=performance_pb.TUNER_MODE_POWER_TARGET,
        power_target=mode.power_target.power_target,
    )


def _hashboards(state: MinerState) -> performance_pb.HashboardPerformanceConfiguration:
    settings, on = state.settings, state.boards()
    configuration = performance_pb.HashboardPerformanceConfiguration(
        hashboards=[
            performance_pb.HashboardConfig(id=board, enabled=board in on)
            for board in state.profile.board_ids
        ]
    )
    if settings.ramp_up_s or settings.ramp_down_s:
        configuration.quick_ramping_time_up_s = settings.ramp_up_s
        configuration.quick_ramping_time_down_s = settings.ramp_down_s
    return configuration


def _power(allowed: Range) -> common_pb.PowerConstraints:
    default, least, most = (
        common_pb.Power(watt=int(value)) for value in (allowed.default, allowed.least, allowed.most)
    )
    return common_pb.PowerConstraints(default=default, min=least, max=most)


def _hashrate(allowed: Range) -> common_pb.HashrateConstraints:
    default, least, most = (
        common_pb.TeraHashrate(terahash_per_second=value)
        for value in (allowed.default, allowed.least, allowed.most)
    )
    return common_pb.HashrateConstraints(default=default, min=least, max=most)


def _whole(allowed: Range) -> common_pb.UInt32Constraints:
    default, least, most = int(allowed.default), int(allowed.least), int(allowed.most)
    return common_pb.UInt32Constraints(default=default, min=least, max=most)


def _hours(allowed: Range) -> common_pb.DurationConstraints:
    default, least, most = (
        common_pb.Hours(hours=int(value))
        for value in (allowed.default, allowed.least, allowed.most)
    )
    return common_pb.DurationConstraints(default=default, min=least, max=most)


def _celsius(allowed: Range) -> common_pb.TemperatureConstraints:
    default, least, most = (
        common_pb.Temperature(degree_c=value)
        for value in (allowed.default, allowed.least, allowed.most)
    )
    return common_pb.TemperatureConstraints(default=default, min=least, max=most)


METHODS: Methods = {"GetMinerConfiguration": get_configuration, "GetConstraints": get_constraints}
LICENSE_METHODS: Methods = {
    "GetLicenseState": get_license,
    "ApplyContractKey": apply_contract_key,
}
