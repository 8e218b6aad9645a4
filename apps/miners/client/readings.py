"""From messages of the contract to the client's own values: what a miner is and does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.miners.client import types
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_network_pb2 as network_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_version_pb2 as version_pb

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import _EnumTypeWrapper


def enum_word(enum: _EnumTypeWrapper[int], number: int, prefix: str) -> str:
    """The lower-case name without its prefix; `unknown` for unset and for newer values."""
    if number == 0 or number not in enum.values():
        return "unknown"
    return enum.Name(number).removeprefix(prefix).lower()


def api_version(message: version_pb.ApiVersion) -> types.ApiVersion:
    return types.ApiVersion(message.major, message.minor, message.patch)


def status(number: int) -> types.MinerStatus:
    return types.MinerStatus(enum_word(miner_pb.MinerStatus, number, "MINER_STATUS_"))


def details(message: miner_pb.GetMinerDetailsResponse) -> types.MinerDetails:
    identity = message.miner_identity
    return types.MinerDetails(
        uid=message.uid,
        model=identity.miner_model or identity.name,
        platform=enum_word(miner_pb.Platform, message.platform, "PLATFORM_").upper(),
        bos_mode=enum_word(miner_pb.BosMode, message.bos_mode, "BOS_MODE_"),
        version=message.bos_version.current,
        hostname=message.hostname,
        mac=message.mac_address,
        serial=message.serial_number,
        psu_serial=message.psu_info.serial_number,
        sticker_terahash=message.sticker_hashrate.gigahash_per_second / 1000,
        # Firmware before the field existed fills only the older one.
        uptime_s=message.system_uptime_s or message.system_uptime,
        daemon_uptime_s=message.bosminer_uptime_s,
        status=status(message.status),
    )


def rates(message: common_pb.WorkSolverStats) -> types.HashRates:
    real = message.real_hashrate
    return types.HashRates(
        last_5s=real.last_5s.gigahash_per_second / 1000,
        last_1m=real.last_1m.gigahash_per_second / 1000,
        last_5m=real.last_5m.gigahash_per_second / 1000,
        last_15m=real.last_15m.gigahash_per_second / 1000,
        last_24h=real.last_24h.gigahash_per_second / 1000,
        since_restart=real.since_restart.gigahash_per_second / 1000,
        nominal=message.nominal_hashrate.gigahash_per_second / 1000,
    )


def stats(message: miner_pb.GetMinerStatsResponse) -> types.MinerStats:
    power, pools = message.power_stats, message.pool_stats
    return types.MinerStats(
        terahash=rates(message.miner_stats),
        watts=power.approximated_consumption.watt,
        joule_per_terahash=power.efficiency.joule_per_terahash,
        accepted_shares=pools.accepted_shares,
        rejected_shares=pools.rejected_shares,
        stale_shares=pools.stale_shares,
    )


def hashboard(board: miner_pb.Hashboard) -> types.Hashboard:
    def has(name: str) -> bool:
        return board.HasField(name)

    chip = board.highest_chip_temp.temperature.degree_c if has("highest_chip_temp") else None
    return types.Hashboard(
        id=board.id,
        enabled=board.enabled,
        chips=board.chips_count.value if has("chips_count") else None,
        chip_temperature_c=chip,
        board_temperature_c=board.board_temp.degree_c if has("board_temp") else None,
        voltage=board.current_voltage.volt if has("current_voltage") else None,
        frequency_hz=board.current_frequency.hertz if has("current_frequency") else None,
        terahash=rates(board.stats),
        model=board.model,
        serial=board.serial_number,
    )


def fault(error: miner_pb.MinerError) -> types.DeviceFault:
    return types.DeviceFault(
        at=error.timestamp,
        message=error.message,
        codes=tuple(types.ErrorCode(c.code, c.reason, c.hint) for c in error.error_codes),
        components=tuple(f"{c.name} {c.index}" for c in error.components),
    )


def cooling(message: cooling_pb.GetCoolingStateResponse) -> types.CoolingState:
    hottest = message.highest_temperature
    return types.CoolingState(
        fans=tuple(_fan(fan) for fan in message.fans),
        highest_c=hottest.temperature.degree_c if hottest.HasField("temperature") else None,
    )


def _fan(fan: cooling_pb.FanState) -> types.Fan:
    return types.Fan(
        position=fan.position if fan.HasField("position") else None,
        rpm=fan.rpm,
        ratio=fan.target_speed_ratio if fan.HasField("target_speed_ratio") else None,
    )


def tuner(message: performance_pb.GetTunerStateResponse) -> types.TunerState:
    word = enum_word(performance_pb.TunerState, message.overall_tuner_state, "TUNER_STATE_")
    mode = message.WhichOneof("mode_state")
    power = message.power_target_mode_state.current_target.watt
    rate = message.hashrate_target_mode_state.current_target.terahash_per_second
    return types.TunerState(
        status=types.TunerStatus(word),
        target_watts=power if mode == "power_target_mode_state" else None,
        target_terahash=rate if mode == "hashrate_target_mode_state" else None,
    )


def network(message: network_pb.GetNetworkInfoResponse) -> types.NetworkInfo:
    return types.NetworkInfo(
        interface=message.name,
        mac=message.mac_address,
        hostname=message.hostname,
        protocol=enum_word(network_pb.NetworkProtocol, message.protocol, "NETWORK_PROTOCOL_"),
        addresses=tuple(f"{n.address}/{n.netmask}" for n in message.networks),
        gateway=message.default_gateway,
        dns=tuple(message.dns_servers),
    )
