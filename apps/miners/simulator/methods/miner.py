"""Details, statistics, boards and errors of a simulated miner."""

from __future__ import annotations

from google.protobuf.wrappers_pb2 import UInt32Value

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_miner_pb2 as pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.simulator.heat import HALL_C
from apps.miners.simulator.method import Methods
from apps.miners.simulator.state import MinerState

# Windows of RealHashrate in seconds, by field.
_WINDOWS = {
    "last_5s": 5,
    "last_15s": 15,
    "last_30s": 30,
    "last_1m": 60,
    "last_5m": 300,
    "last_15m": 900,
    "last_30m": 1800,
    "last_1h": 3600,
    "last_24h": 86400,
    "since_restart": 1 << 40,
}
_MAJOR = "2022-09-13-0-11012d53-22.08-plus"
_DIFFICULTY = 65_536


def get_details(
    state: MinerState, _request: pb.GetMinerDetailsRequest
) -> pb.GetMinerDetailsResponse:
    profile = state.profile
    identity = pb.MinerIdentity(
        brand=pb.MINER_BRAND_ANTMINER, name=profile.model, miner_model=profile.model
    )
    return pb.GetMinerDetailsResponse(
        uid=profile.uid,
        miner_identity=identity,
        platform=f"PLATFORM_{profile.platform}",
        bos_mode=pb.BOS_MODE_NAND,
        bos_version=pb.BosVersion(current=state.version, major=_MAJOR, bos_plus=True),
        hostname=state.settings.hostname,
        mac_address=profile.mac,
        system_uptime=state.uptime(),
        sticker_hashrate=_gigahash(profile.hashrate.default * 1000),
        bosminer_uptime_s=state.daemon_uptime(),
        system_uptime_s=state.uptime(),
        status=state.status(),
        kernel_version="5.10.98",
        psu_info=_psu(state),
        control_board_soc_family=pb.CONTROL_BOARD_SOC_FAMILY_AML,
        serial_number=profile.serial,
    )


def get_stats(state: MinerState, _request: pb.GetMinerStatsRequest) -> pb.GetMinerStatsResponse:
    watts = state.watts()
    terahash = state.gigahash(5) / 1000
    efficiency = common_pb.PowerEfficiency(joule_per_terahash=watts / terahash if terahash else 0)
    power = pb.MinerPowerStats(
        approximated_consumption=common_pb.Power(watt=watts), efficiency=efficiency
    )
    return pb.GetMinerStatsResponse(
        pool_stats=pool_stats(state), miner_stats=work_stats(state), power_stats=power
    )


def get_errors(state: MinerState, _request: pb.GetErrorsRequest) -> pb.GetErrorsResponse:
    return pb.GetErrorsResponse(errors=state.errors)


def get_hashboards(
    state: MinerState, _request: pb.GetHashboardsRequest
) -> pb.GetHashboardsResponse:
    boards = [_board(state, index) for index in range(len(state.profile.board_ids))]
    return pb.GetHashboardsResponse(hashboards=boards)


def work_stats(state: MinerState, share: float = 1.0) -> common_pb.WorkSolverStats:
    """Rates of `share` of the whole miner; the 5 s window is present even when zero."""
    rates = {name: _gigahash(state.gigahash(window) * share) for name, window in _WINDOWS.items()}
    return common_pb.WorkSolverStats(
        real_hashrate=common_pb.RealHashrate(**rates),
        nominal_hashrate=_gigahash(state.nominal_gigahash() * share),
        error_hashrate=common_pb.MegaHashrate(megahash_per_second=state.gigahash(5) * share / 50),
        best_share_str="1.2M",
    )


def pool_stats(state: MinerState) -> pool_pb.PoolStats:
    accepted = state.shares()
    return pool_pb.PoolStats(
        accepted_shares=accepted,
        rejected_shares=accepted // 500,
        last_difficulty=_DIFFICULTY,
        generated_work=accepted * _DIFFICULTY,
        best_share_str="1.2M",
    )


def _board(state: MinerState, index: int) -> pb.Hashboard:
    profile = state.profile
    board_id = profile.board_ids[index]
    on = board_id in state.boards()
    share = 1 / len(state.boards()) if on else 0
    hot = state.temperature() - index if on else HALL_C
    mining = on and state.gigahash(5) > 0
    chip = common_pb.TemperatureSensor(
        id=0, location=common_pb.SENSOR_LOCATION_CHIP, temperature=_celsius(hot)
    )
    return pb.Hashboard(
        id=board_id,
        enabled=on,
        chips_count=UInt32Value(value=profile.chips_per_board),
        current_voltage=common_pb.Voltage(volt=13.2 if mining else 0),
        current_frequency=common_pb.Frequency(hertz=545e6 if mining else 0),
        highest_chip_temp=chip,
        board_temp=_celsius(hot - 12),
        stats=work_stats(state, share),
        model=profile.model,
        lowest_inlet_temp=_celsius(25),
        highest_outlet_temp=_celsius(hot - 18),
        serial_number=f"{profile.serial}B{index + 1}",
        board_name="BHB42601",
        chip_type="BM1362",
    )


def _psu(state: MinerState) -> pb.PsuInfo:
    return pb.PsuInfo(
        version=UInt32Value(value=101),
        fw_version=UInt32Value(value=9),
        serial_number=state.profile.psu_serial,
        model_name="APW121417a",
        min_voltage=common_pb.Voltage(volt=12),
        max_voltage=common_pb.Voltage(volt=15),
    )


def _gigahash(value: float) -> common_pb.GigaHashrate:
    return common_pb.GigaHashrate(gigahash_per_second=value)


def _celsius(value: float) -> common_pb.Temperature:
    return common_pb.Temperature(degree_c=value)


METHODS: Methods = {
    "GetMinerDetails": get_details,
    "GetMinerStats": get_stats,
    "GetErrors": get_errors,
    "GetHashboards": get_hashboards,
}
