"""From messages of the contract to the client's own values: how a miner is set up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from apps.miners.client import types
from apps.miners.client.readings import enum_word
from apps.miners.client.setup import (
    BoardSpeed,
    CoolingSetup,
    Dps,
    EfficiencyPoint,
    GroupSetup,
    Licence,
    PoolSetup,
    Ramping,
    Setup,
    Target,
    TargetMode,
)
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_license_pb2 as license_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb

_RATE: Final = "terahash_per_second"


def constraints(message: configuration_pb.GetConstraintsResponse) -> types.Constraints:
    tuner, boards = message.tuner_constraints, message.hashboards_constraints
    return types.Constraints(
        power=_limits(tuner, "power_target", "watt"),
        hashrate=_limits(tuner, "hashrate_target", _RATE),
        cooling=_cooling_limits(message.cooling_constraints),
        dps=_dps_limits(message.dps_constraints),
        board_ids=tuple(boards.hashboard_ids),
        ramping_s=_limits(boards, "quick_ramping_time_s"),
    )


def _cooling_limits(message: cooling_pb.CoolingConstraints) -> types.CoolingLimits:
    return types.CoolingLimits(
        target_c=_limits(message, "target_temperature", "degree_c"),
        hot_c=_limits(message, "hot_temperature", "degree_c"),
        dangerous_c=_limits(message, "dangerous_temperature", "degree_c"),
        fan_percent=_limits(message, "fan_speed_ratio", times=100),
        min_fan_percent=_limits(message, "min_fan_speed"),
        max_fan_percent=_limits(message, "max_fan_speed"),
        required_fans=_limits(message, "minimum_required_fans"),
    )


def _dps_limits(message: performance_pb.DPSConstraints) -> types.DpsLimits:
    return types.DpsLimits(
        power_step_watts=_limits(message, "power_step", "watt"),
        least_watts=_limits(message, "min_power_target", "watt"),
        hashrate_step=_limits(message, "hashrate_step", _RATE),
        least_terahash=_limits(message, "min_hashrate_target", _RATE),
        shutdown_hours=_limits(message, "shutdown_duration", "hours"),
        start_percent=_limits(message, "on_start_target_percent"),
    )


def _limits(message: Any, name: str, unit: str = "", *, times: float = 1) -> types.Limits | None:
    """A range, of plain numbers or of messages with one field `unit`; None where there is none."""
    if not message.HasField(name):
        return None
    found = getattr(message, name)
    ends = (getattr(found, one) for one in ("default", "min", "max"))
    default, least, most = ((getattr(end, unit) if unit else end) * times for end in ends)
    return types.Limits(default, least, most)


def setup(message: configuration_pb.GetMinerConfigurationResponse) -> Setup:
    boards = message.hashboard_config
    has_up = boards.HasField("quick_ramping_time_up_s")
    has_down = boards.HasField("quick_ramping_time_down_s")
    return Setup(
        target=_tuner_target(message.tuner),
        dps=_dps(message.dps),
        cooling=_cooling(message.temperature),
        boards=tuple(
            (one.id, one.enabled or not one.HasField("enabled")) for one in boards.hashboards
        ),
        ramping=Ramping(
            boards.quick_ramping_time_up_s if has_up else None,
            boards.quick_ramping_time_down_s if has_down else None,
        ),
        groups=tuple(_group_setup(group) for group in message.pool_groups),
    )


def target(message: performance_pb.PerformanceMode) -> Target:
    """What is worked towards; a tuner without a target is one for power at its default."""
    if message.HasField("manual_mode"):
        manual = message.manual_mode
        return Target(
            TargetMode.MANUAL,
            frequency_hz=manual.global_frequency.hertz,
            volts=manual.global_voltage.volt,
            boards=tuple(
                BoardSpeed(one.id, one.frequency.hertz, one.voltage.volt)
                for one in manual.hashboards
            ),
        )
    tuner = message.tuner_mode
    if tuner.HasField("hashrate_target"):
        rate = tuner.hashrate_target.hashrate_target.terahash_per_second
        return Target(TargetMode.HASHRATE, terahash=rate)
    return Target(TargetMode.POWER, watts=tuner.power_target.power_target.watt or None)


def _tuner_target(message: performance_pb.TunerConfiguration) -> Target | None:
    if not message.enabled:
        return None
    if message.tuner_mode == performance_pb.TUNER_MODE_HASHRATE_TARGET:
        return Target(TargetMode.HASHRATE, terahash=message.hashrate_target.terahash_per_second)
    return Target(TargetMode.POWER, watts=message.power_target.watt)


def _dps(message: performance_pb.DPSConfiguration) -> Dps:
    def has(name: str) -> bool:
        return message.HasField(name)

    mode = enum_word(performance_pb.DPSMode, message.mode, "DPS_MODE_")
    rate, least = message.hashrate_step, message.min_hashrate_target
    return Dps(
        enabled=message.enabled,
        power_step_watts=message.power_step.watt if has("power_step") else None,
        least_watts=message.min_power_target.watt if has("min_power_target") else None,
        hashrate_step=rate.terahash_per_second if has("hashrate_step") else None,
        least_terahash=least.terahash_per_second if has("min_hashrate_target") else None,
        shutdown=message.shutdown_enabled,
        shutdown_hours=message.shutdown_duration.hours if has("shutdown_duration") else None,
        mode=mode if has("mode") and mode != "unknown" else None,
        start_percent=(message.on_start_target_percent if has("on_start_target_percent") else None),
    )


def _cooling(message: cooling_pb.CoolingConfiguration) -> CoolingSetup | None:
    """How it is cooled; ratios of the wire become percent."""
    mode = message.WhichOneof("mode")
    if mode is None:
        return None
    found: Any = getattr(message, mode)
    has = {field.name for field, _ in found.ListFields()}
    ratio = found.fan_speed_ratio if "fan_speed_ratio" in has else None
    return CoolingSetup(
        mode=mode,
        fan_percent=None if ratio is None else round(ratio * 100, 1),
        min_fan_percent=found.min_fan_speed if "min_fan_speed" in has else None,
        max_fan_percent=found.max_fan_speed if "max_fan_speed" in has else None,
        required_fans=found.minimum_required_fans if "minimum_required_fans" in has else None,
        **{
            f"{name}_c": getattr(found, f"{name}_temperature").degree_c
            for name in ("target", "hot", "dangerous")
            if f"{name}_temperature" in has
        },
    )


def _group_setup(group: pool_pb.PoolGroupConfiguration) -> GroupSetup:
    return GroupSetup(
        name=group.name,
        quota=group.quota.value if group.HasField("quota") else None,
        ratio=group.fixed_share_ratio.value if group.HasField("fixed_share_ratio") else None,
        pools=tuple(
            PoolSetup(one.url, one.user, one.password, one.enabled or not one.HasField("enabled"))
            for one in group.pools
        ),
    )


def efficiency(point: performance_pb.MinerEfficiencyPoint) -> EfficiencyPoint:
    return EfficiencyPoint(
        target_watts=point.power_target.watt,
        watts=point.consumption.watt or point.power_target.watt,
        terahash=point.hashrate.terahash_per_second,
    )


def licence(message: license_pb.GetLicenseStateResponse) -> Licence:
    state = message.WhichOneof("state")
    if state is None:
        return Licence("unknown")
    found: Any = getattr(message, state)
    names = found.DESCRIPTOR.fields_by_name
    return Licence(
        state=state,
        contract=found.contract_name if "contract_name" in names else "",
        restricted_in_s=found.time_to_restricted if "time_to_restricted" in names else None,
        fee_percent=found.dev_fee.bsp / 100 if "dev_fee" in names else None,
    )


def pool_group(group: pool_pb.PoolGroup) -> types.PoolGroup:
    return types.PoolGroup(
        uid=group.uid,
        name=group.name,
        quota=group.quota.value if group.HasField("quota") else None,
        ratio=group.fixed_share_ratio.value if group.HasField("fixed_share_ratio") else None,
        pools=tuple(_pool(pool) for pool in group.pools),
    )


def _pool(pool: pool_pb.Pool) -> types.Pool:
    return types.Pool(
        uid=pool.uid,
        url=pool.url,
        user=pool.user,
        enabled=pool.enabled,
        alive=pool.alive,
        active=pool.active,
        accepted_shares=pool.stats.accepted_shares,
        rejected_shares=pool.stats.rejected_shares,
    )


def auto_upgrade(message: upgrade_pb.GetAutoUpgradeStatusResponse) -> types.AutoUpgrade:
    return types.AutoUpgrade(
        enabled=message.enabled,
        next_at=_moment(message.next_execution) if message.HasField("next_execution") else None,
        last_at=_moment(message.last_execution) if message.HasField("last_execution") else None,
    )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
