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
        temperature=_cooling(),
        tuner=_tuner(state),
        dps=performance_pb.DPSConfiguration(enabled=False),
        hashboard_config=performance_pb.HashboardPerformanceConfiguration(),
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
    )
    boards = performance_pb.HashboardConstraints(
        hashboard_ids=profile.board_ids, enabled=common_pb.BooleanConstraint(default=True)
    )
    return pb.GetConstraintsResponse(
        tuner_constraints=tuner,
        cooling_constraints=cooling,
        dps_constraints=performance_pb.DPSConstraints(
            power_step=_power(Range(300, 100, 1000)), min_power_target=_power(profile.power)
        ),
        hashboards_constraints=boards,
    )


def get_license(
    _state: MinerState, _request: license_pb.GetLicenseStateRequest
) -> license_pb.GetLicenseStateResponse:
    valid = license_pb.ValidLicense(
        type=license_pb.LICENSE_TYPE_STANDARD,
        contract_name="simulated",
        time_to_restricted=30 * 86_400,
        dev_fee=common_pb.BasesPoints(bsp=200),
    )
    return license_pb.GetLicenseStateResponse(valid=valid)


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


def _cooling() -> cooling_pb.CoolingConfiguration:
    auto = cooling_pb.CoolingAutoMode(
        target_temperature=common_pb.Temperature(degree_c=60),
        hot_temperature=common_pb.Temperature(degree_c=85),
        dangerous_temperature=common_pb.Temperature(degree_c=95),
        minimum_required_fans=4,
    )
    return cooling_pb.CoolingConfiguration(auto=auto)


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


def _celsius(allowed: Range) -> common_pb.TemperatureConstraints:
    default, least, most = (
        common_pb.Temperature(degree_c=value)
        for value in (allowed.default, allowed.least, allowed.most)
    )
    return common_pb.TemperatureConstraints(default=default, min=least, max=most)


METHODS: Methods = {"GetMinerConfiguration": get_configuration, "GetConstraints": get_constraints}
LICENSE_METHODS: Methods = {"GetLicenseState": get_license}
