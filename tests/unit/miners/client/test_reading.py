"""What the client tells is what the miner is, unit by unit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.kernel.clock import ManualClock
from apps.miners.client import config_readings, readings
from apps.miners.client.types import ApiVersion, MinerStatus, TunerStatus
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.simulator import FIRMWARE, inject
from tests.support.miners import connected


def standing_clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, 12, tzinfo=UTC))


async def test_details_name_the_machine_and_its_firmware() -> None:
    clock = standing_clock()
    async with connected(hostname="rack-7", clock=clock) as (miner, client):
        clock.advance(90)
        details = await client.details()
        profile = miner.state.profile
        assert (details.uid, details.mac) == (profile.uid, profile.mac)
        assert (details.serial, details.psu_serial) == (profile.serial, profile.psu_serial)
        assert (details.hostname, details.model) == ("rack-7", "Antminer S19J Pro")
        assert (details.version, details.platform, details.bos_mode) == (
            FIRMWARE,
            "AM3_AML",
            "nand",
        )
        assert (details.uptime_s, details.daemon_uptime_s) == (90, 90)
        assert (details.status, details.sticker_terahash) == (MinerStatus.NORMAL, 104.0)


async def test_stats_are_in_terahash_and_watts() -> None:
    clock = standing_clock()
    async with connected(clock=clock) as (_, client):
        clock.advance(7200)
        stats = await client.stats()
        assert stats.terahash.nominal == pytest.approx(104)
        assert stats.terahash.last_5s == pytest.approx(104, rel=0.01)
        assert stats.watts == pytest.approx(3068, rel=0.01)
        assert stats.joule_per_terahash == pytest.approx(stats.watts / stats.terahash.last_5s)
        assert (stats.accepted_shares, stats.rejected_shares) == (3600, 7)


async def test_boards_add_up_to_the_miner() -> None:
    clock = standing_clock()
    async with connected(clock=clock) as (_, client):
        clock.advance(60)
        boards, stats = await client.boards.all(), await client.stats()
        assert [board.id for board in boards] == ["1", "2", "3"]
        total = sum(board.terahash.last_5s for board in boards)
        assert total == pytest.approx(stats.terahash.last_5s)
        assert {board.chips for board in boards} == {126}
        assert all(board.enabled and board.serial for board in boards)


async def test_reported_errors_carry_codes_and_hints() -> None:
    async with connected() as (miner, client):
        assert await client.errors() == ()
        await inject(miner, {"fault": "error", "code": "H1", "message": "no board power"})
        (fault,) = await client.errors()
        assert fault.message == "no board power"
        assert [code.code for code in fault.codes] == ["H1"]
        assert fault.codes[0].hint
        assert fault.at.endswith("Z")


async def test_cooling_and_network_are_read() -> None:
    async with connected() as (miner, client):
        cooling, network = await client.cooling.state(), await client.network.info()
        assert [fan.position for fan in cooling.fans] == [0, 1, 2, 3]
        assert all(fan.rpm > 0 for fan in cooling.fans)
        assert cooling.highest_c is not None
        assert network.mac == miner.state.profile.mac
        assert network.addresses == (f"{miner.address}/255.255.255.0",)
        assert network.protocol == "dhcp"


async def test_pools_say_which_is_active() -> None:
    async with connected() as (miner, client):
        (group,) = await client.pools.groups()
        assert (group.quota, group.ratio) == (1, None)
        assert [(p.alive, p.active) for p in group.pools] == [(True, True)]
        await inject(miner, {"fault": "dead_pools"})
        (group,) = await client.pools.groups()
        assert [(p.alive, p.active) for p in group.pools] == [(False, False)]


async def test_constraints_say_what_a_target_may_be() -> None:
    async with connected() as (_, client):
        constraints = await client.tuning.constraints()
        assert constraints.power is not None
        assert (constraints.power.default, constraints.power.least) == (3068, 1200)
        assert constraints.power.hold(1200)
        assert not constraints.power.hold(1199)
        assert constraints.hashrate is not None


async def test_tuner_names_one_target() -> None:
    clock = standing_clock()
    async with connected(clock=clock) as (_, client):
        assert (await client.tuning.state()).status is TunerStatus.TUNING
        clock.advance(60)
        tuner = await client.tuning.state()
        assert (tuner.status, tuner.target_watts) == (TunerStatus.CONTINUOUS, 3068)
        assert tuner.target_terahash is None


def test_values_newer_than_the_contract_are_unknown() -> None:
    assert readings.status(99) is MinerStatus.UNKNOWN
    assert readings.status(0) is MinerStatus.UNKNOWN


def test_a_board_that_measures_nothing_reads_as_none() -> None:
    board = readings.hashboard(miner_pb.Hashboard(id="6"))
    assert (board.chips, board.chip_temperature_c, board.voltage) == (None, None, None)
    assert board.terahash.last_5s == 0


def test_constraints_a_device_does_not_name_are_none() -> None:
    empty = config_readings.constraints(configuration_pb.GetConstraintsResponse())
    assert (empty.power, empty.hashrate) == (None, None)


def test_times_of_automatic_upgrades_are_utc() -> None:
    message = upgrade_pb.GetAutoUpgradeStatusResponse(enabled=True)
    message.next_execution.FromJsonString("2026-11-21T03:00:00Z")
    status = config_readings.auto_upgrade(message)
    assert status.enabled is True
    assert status.next_at == datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert status.last_at is None


async def test_automatic_upgrades_are_off_on_a_new_miner() -> None:
    async with connected() as (_, client):
        assert (await client.upkeep.auto_upgrade()).enabled is False


def test_api_versions_are_ordered() -> None:
    assert ApiVersion(1, 9, 0) < ApiVersion(1, 10, 0)
