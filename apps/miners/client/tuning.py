"""The part of a client for targets, tuner, dynamic power scaling and the whole configuration."""

from __future__ import annotations

from apps.miners.client import config_readings, readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.client.setup import Dps, EfficiencyPoint, Setup, Target
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_performance_pb2 as pb

_APPLY = common_pb.SAVE_ACTION_SAVE_AND_APPLY
_MODES = {"normal": pb.DPS_MODE_NORMAL, "boost": pb.DPS_MODE_BOOST}


class Tuning(Part):
    """PerformanceService and ConfigurationService; writes are stored and applied."""

    async def state(self, *, timeout: float = READ_S) -> types.TunerState:
        """The tuner and its present target."""
        method, answer = "PerformanceService/GetTunerState", pb.GetTunerStateResponse
        return readings.tuner(
            await self._calls.ask(method, pb.GetTunerStateRequest(), answer, timeout)
        )

    async def constraints(self, *, timeout: float = READ_S) -> types.Constraints:
        """The ranges within which settings are accepted."""
        method = "ConfigurationService/GetConstraints"
        request = configuration_pb.GetConstraintsRequest()
        answer = configuration_pb.GetConstraintsResponse
        return config_readings.constraints(await self._calls.ask(method, request, answer, timeout))

    async def setup(self, *, timeout: float = READ_S) -> Setup:
        """The whole stored configuration."""
        method = "ConfigurationService/GetMinerConfiguration"
        request = configuration_pb.GetMinerConfigurationRequest()
        answer = configuration_pb.GetMinerConfigurationResponse
        return config_readings.setup(await self._calls.ask(method, request, answer, timeout))

    async def target(self, *, timeout: float = READ_S) -> Target:
        """What the miner works towards now."""
        method = "PerformanceService/GetActivePerformanceMode"
        request = pb.GetPerformanceModeRequest()
        return config_readings.target(
            await self._calls.ask(method, request, pb.PerformanceMode, timeout)
        )

    async def efficiency(self, *, timeout: float = READ_S) -> tuple[EfficiencyPoint, ...]:
        """The machine's curve by ascending power; firmware before 26.05 does not have it."""
        method = "PerformanceService/GetMinerEfficiencyProfile"
        request = pb.GetMinerEfficiencyProfileRequest()
        answer = pb.GetMinerEfficiencyProfileResponse
        message = await self._calls.ask(method, request, answer, timeout)
        return tuple(config_readings.efficiency(point) for point in message.points)

    async def set_power(self, watts: int, *, timeout: float = WRITE_S) -> int:
        """Work towards a power target; the watts as the device took them."""
        request = pb.SetPowerTargetRequest(save_action=_APPLY)
        request.power_target.watt = watts
        method, answer = "PerformanceService/SetPowerTarget", pb.SetPowerTargetResponse
        return (await self._calls.ask(method, request, answer, timeout)).power_target.watt

    async def set_hashrate(self, terahash: float, *, timeout: float = WRITE_S) -> float:
        """Work towards a hash-rate target; the TH/s as the device took them."""
        request = pb.SetHashrateTargetRequest(save_action=_APPLY)
        request.hashrate_target.terahash_per_second = terahash
        method, answer = "PerformanceService/SetHashrateTarget", pb.SetHashrateTargetResponse
        message = await self._calls.ask(method, request, answer, timeout)
        return message.hashrate_target.terahash_per_second

    async def set_manual(self, target: Target, *, timeout: float = WRITE_S) -> None:
        """Run at a fixed frequency and voltage, without the tuner."""
        manual = pb.ManualPerformanceMode()
        manual.global_frequency.hertz = target.frequency_hz or 0
        manual.global_voltage.volt = target.volts or 0
        for board in target.boards:
            one = manual.hashboards.add(id=board.id)
            one.frequency.hertz, one.voltage.volt = board.frequency_hz, board.volts
        mode = pb.PerformanceMode(manual_mode=manual)
        request = pb.SetPerformanceModeRequest(save_action=_APPLY, mode=mode)
        method = "PerformanceService/SetPerformanceMode"
        await self._calls.ask(method, request, pb.PerformanceMode, timeout)

    async def set_dps(self, wanted: Dps, *, timeout: float = WRITE_S) -> None:
        """Change dynamic power scaling; what is None stays."""
        method = "PerformanceService/SetDPS"
        await self._calls.ask(method, _dps(wanted), pb.SetDPSResponse, timeout)

    async def set_ramping(self, up_s: int, down_s: int, *, timeout: float = WRITE_S) -> None:
        """Seconds over which power rises and falls."""
        request = pb.SetQuickRampingRequest(save_action=_APPLY, up_s=up_s, down_s=down_s)
        method = "PerformanceService/SetQuickRamping"
        await self._calls.ask(method, request, pb.QuickRampingResponse, timeout)

    async def forget_profiles(self, *, timeout: float = WRITE_S) -> None:
        """Drop what the tuner has learnt; it begins anew."""
        method = "PerformanceService/RemoveTunedProfiles"
        request, answer = pb.RemoveTunedProfilesRequest(), pb.RemoveTunedProfilesResponse
        await self._calls.ask(method, request, answer, timeout)


def _dps(wanted: Dps) -> pb.SetDPSRequest:
    request = pb.SetDPSRequest(
        save_action=_APPLY,
        enable=wanted.enabled,
        enable_shutdown=wanted.shutdown,
        on_start_target_percent=wanted.start_percent,
    )
    if wanted.mode is not None:
        request.mode = _MODES[wanted.mode]
    if wanted.shutdown_hours is not None:
        request.shutdown_duration.hours = wanted.shutdown_hours
    power, rate = request.target.power_target, request.target.hashrate_target
    if wanted.hashrate_step is not None or wanted.least_terahash is not None:
        rate.hashrate_step.terahash_per_second = wanted.hashrate_step or 0
        rate.min_hashrate_target.terahash_per_second = wanted.least_terahash or 0
    if wanted.power_step_watts is not None:
        power.power_step.watt = wanted.power_step_watts
    if wanted.least_watts is not None:
        power.min_power_target.watt = wanted.least_watts
    return request
