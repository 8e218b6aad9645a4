"""What is configured is read, changed and written back, part by part, as the device takes it."""

from __future__ import annotations

import io
import zipfile

import pytest

from apps.miners.client import Family, Rejected
from apps.miners.client.setup import (
    BoardSpeed,
    CoolingSetup,
    Dps,
    GroupSetup,
    NetworkSetup,
    PoolSetup,
    Ramping,
    Target,
    TargetMode,
)
from apps.miners.client.types import Limits, MinerStatus, TunerStatus
from apps.miners.simulator import inject
from tests.support.miners import NEW_VERSION, connected, until


async def test_targets_of_every_kind_are_set_and_read() -> None:
    async with connected() as (_, client):
        assert await client.tuning.target() == Target(TargetMode.POWER, watts=3068)
        assert await client.tuning.set_hashrate(90.5) == 90.5
        assert await client.tuning.target() == Target(TargetMode.HASHRATE, terahash=90.5)
        fixed = Target(
            TargetMode.MANUAL,
            frequency_hz=5e8,
            volts=13.0,
            boards=(BoardSpeed("1", 4.5e8, 12.5),),
        )
        await client.tuning.set_manual(fixed)
        assert await client.tuning.target() == fixed
        assert (await client.tuning.state()).status is TunerStatus.DISABLED
        with pytest.raises(Rejected, match="not within 45 and 125 TH/s") as caught:
            await client.tuning.set_hashrate(200)
        assert caught.value.family is Family.CONSTRAINT


async def test_whole_setup_is_read_with_its_ranges() -> None:
    async with connected() as (_, client):
        found, limits = await client.tuning.setup(), await client.tuning.constraints()
    assert found.target == Target(TargetMode.POWER, watts=3068)
    assert found.boards == (("1", True), ("2", True), ("3", True))
    assert found.ramping == Ramping(None, None)
    assert found.cooling is not None
    assert (found.cooling.mode, found.cooling.hot_c) == ("auto", 85)
    assert (found.dps.enabled, found.dps.power_step_watts, found.dps.mode) == (False, 300, "normal")
    (group,) = found.groups
    assert (group.quota, group.pools[0].enabled, group.pools[0].password) == (1, True, "")
    assert limits.cooling.fan_percent == Limits(70, 0, 100)
    assert limits.dps.power_step_watts == Limits(300, 100, 1000)
    assert (limits.board_ids, limits.ramping_s) == (("1", "2", "3"), Limits(60, 0, 3600))


async def test_scaling_changes_only_what_is_given() -> None:
    async with connected() as (_, client):
        await client.tuning.set_dps(Dps(enabled=True, power_step_watts=200, mode="boost"))
        await client.tuning.set_dps(Dps(shutdown=True, shutdown_hours=5, start_percent=80))
        dps = (await client.tuning.setup()).dps
        assert (dps.enabled, dps.power_step_watts, dps.least_watts) == (True, 200, 1200)
        assert (dps.mode, dps.shutdown, dps.shutdown_hours) == ("boost", True, 5)
        assert dps.start_percent == 80
        await client.tuning.set_ramping(30, 10)
        assert (await client.tuning.setup()).ramping == Ramping(30, 10)


async def test_cooling_takes_the_fields_of_its_mode() -> None:
    async with connected() as (_, client):
        await client.cooling.set_mode(CoolingSetup("manual", fan_percent=80, dangerous_c=100))
        found = (await client.tuning.setup()).cooling
        assert found == CoolingSetup("manual", fan_percent=80, dangerous_c=100)
        assert {fan.ratio for fan in (await client.cooling.state()).fans} == {0.8}
        await client.cooling.set_mode(CoolingSetup("auto", max_fan_percent=90, required_fans=2))
        found = (await client.tuning.setup()).cooling
        assert found == CoolingSetup("auto", max_fan_percent=90, required_fans=2)
        await client.cooling.set_mode(CoolingSetup("immersion"))
        assert {fan.rpm for fan in (await client.cooling.state()).fans} == {0}
        with pytest.raises(Rejected, match="must rise"):
            await client.cooling.set_mode(CoolingSetup("auto", hot_c=90, dangerous_c=80))


async def test_slow_fans_at_full_power_halt_the_miner_and_scaling_saves_it() -> None:
    async with connected(boot_seconds=0.01) as (miner, client):
        await client.cooling.set_mode(CoolingSetup("manual", fan_percent=45))
        assert await client.status() is MinerStatus.SUSPENDED
        await client.tuning.set_dps(Dps(enabled=True))
        assert await client.status() is MinerStatus.NORMAL
        await until(lambda: not miner.state.ramping())
        stats = await client.stats()
        assert 1200 <= stats.watts < 3068
        assert stats.terahash.nominal < 104


async def test_boards_go_off_and_on_and_take_their_share_along() -> None:
    async with connected(boot_seconds=0.01) as (_, client):
        await client.boards.switch(["2"], False)
        boards = await client.boards.all()
        assert [board.enabled for board in boards] == [True, False, True]
        assert boards[1].terahash.nominal == 0
        assert (await client.stats()).terahash.nominal == pytest.approx(104 * 2 / 3)
        await client.boards.switch(["2"], True)
        assert all(board.enabled for board in await client.boards.all())
        with pytest.raises(Rejected, match="not among 1, 2, 3"):
            await client.boards.switch(["9"], False)


async def test_pools_are_replaced_whole_with_their_passwords() -> None:
    groups = (
        GroupSetup("main", (PoolSetup("stratum+tcp://a:1", "me.1", "pw"),), quota=2),
        GroupSetup("rest", (PoolSetup("stratum2+tcp://b:2", "me.1", enabled=False),), ratio=0.25),
    )
    async with connected() as (_, client):
        await client.pools.replace(groups)
        assert (await client.tuning.setup()).groups == groups
        shown = await client.pools.groups()
        assert [(g.name, g.quota, g.ratio) for g in shown] == [
            ("main", 2, None),
            ("rest", None, 0.25),
        ]


async def test_efficiency_rises_with_less_power_where_the_firmware_tells_it() -> None:
    async with connected() as (miner, client):
        with pytest.raises(Rejected) as caught:
            await client.tuning.efficiency()
        assert caught.value.family is Family.UNSUPPORTED
        assert not (await client.capabilities()).has("PerformanceService/GetMinerEfficiencyProfile")
        miner.state.version = NEW_VERSION
        points = await client.tuning.efficiency()
        assert [p.target_watts for p in points] == sorted(p.target_watts for p in points)
        rates = [point.joule_per_terahash for point in points]
        assert rates == sorted(rates)


async def test_log_and_archive_come_whole() -> None:
    async with connected() as (miner, client):
        await client.pause()
        await inject(miner, {"fault": "error", "message": "fan lost"})
        log = (await client.records.log("bosminer")).decode()
        assert "INFO bosminer: pause" in log
        assert "ERROR bosminer: fan lost" in (await client.records.log("errors")).decode()
        archive = b"".join([piece async for piece in client.records.archive()])
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            assert "log/bosminer.log" in file.namelist()


async def test_stream_renews_a_login_that_is_over() -> None:
    async with connected() as (miner, client):
        await client.details()
        await inject(miner, {"fault": "expire_tokens"})
        assert b"login" in await client.records.log("boser")
        assert len(miner.state.history.entries("login")) == 2


async def test_licence_password_and_automatic_upgrades() -> None:
    async with connected() as (miner, client):
        licence = await client.upkeep.licence()
        assert (licence.state, licence.fee_percent) == ("valid", 2.0)
        assert await client.upkeep.apply_contract("key-1") is True
        assert (await client.upkeep.licence()).contract == "key-1"
        await client.upkeep.set_auto_upgrade(True)
        assert (await client.upkeep.auto_upgrade()).enabled is True
        await client.upkeep.set_password("new")
        assert miner.state.settings.password == "new"


async def test_advanced_settings_are_taken_all_or_none() -> None:
    async with connected() as (miner, client):
        miner.state.version = NEW_VERSION
        assert "min_fan_pwm" in (await client.upkeep.settings_schema())["properties"]
        await client.upkeep.set_settings({"min_fan_pwm": 20, "rambo_mode": True})
        with pytest.raises(Rejected):
            await client.upkeep.set_settings({"rambo_mode": False, "min_fan_pwm": 900})
        found = await client.upkeep.settings()
        assert (found["min_fan_pwm"], found["rambo_mode"]) == (20, True)
        await client.upkeep.set_settings({"rambo_mode": None})
        assert (await client.upkeep.settings())["rambo_mode"] is False
        assert await client.upkeep.reset_settings() == {}


async def test_new_address_holds_at_once_and_stock_firmware_answers_no_more() -> None:
    async with connected() as (miner, client):
        old, new = miner.address, "127.199." + miner.address.split(".", 2)[2]
        before = await client.network.setup()
        assert before == NetworkSetup(dhcp=True, hostname=miner.state.profile.hostname)
        wanted = NetworkSetup(
            dhcp=False,
            hostname="rack-1",
            address=new,
            netmask="255.255.0.0",
            gateway="127.199.0.1",
            dns=("127.0.0.53",),
        )
        await client.network.configure(wanted)
        await until(lambda: miner.address == new and miner.is_open)
        assert old != new
        moved = type(client)(new, miner.ports.grpc, password="root")
        try:
            assert await moved.network.setup() == wanted
            assert (await moved.network.info()).protocol == "static"
            assert await moved.upkeep.restore_stock() is True
            await until(lambda: not miner.is_open)
        finally:
            await moved.close()


async def test_factory_reset_goes_back_to_the_address_of_birth() -> None:
    async with connected(boot_seconds=0.01) as (miner, client):
        miner.state.settings.hostname = "mine"
        booted = miner.state.run.booted
        await client.upkeep.factory_reset()
        await until(lambda: miner.state.run.booted > booted and miner.is_open)
        found = await client.network.setup()
        assert (found.dhcp, found.hostname) == (True, miner.state.profile.hostname)
