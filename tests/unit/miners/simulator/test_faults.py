"""Scripted faults do what they say, for as long as they say, and come off again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apps.miners.client import Rejected, Unreachable
from apps.miners.client.types import MinerStatus
from apps.miners.simulator import BadCommand, clear, inject
from apps.miners.simulator.faults import names_method
from tests.support.miners import connected, until


async def test_refusing_miner_has_no_open_port() -> None:
    async with connected() as (miner, _):
        await inject(miner, {"fault": "refuse"})
        for port in (miner.ports.grpc, miner.ports.cgminer, miner.ports.http):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(miner.address, port)
        await clear(miner)
        for port in (miner.ports.grpc, miner.ports.cgminer, miner.ports.http):
            (await asyncio.open_connection(miner.address, port))[1].close()


async def test_fault_with_seconds_ends_by_itself() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "refuse", "seconds": 0.1})
        with pytest.raises(Unreachable):
            await client.api_version()
        await until(lambda: miner.is_open)
        assert (await client.api_version()).major == 1


async def test_refusing_outlasts_a_reboot() -> None:
    async with connected(boot_seconds=0.05) as (miner, client):
        booted = miner.state.run.booted
        await inject(miner, {"fault": "refuse"})
        await inject(miner, {"fault": "reboot"})
        await until(lambda: miner.state.run.booted > booted)
        with pytest.raises(Unreachable):
            await client.api_version()


async def test_reboot_lasts_as_long_as_told() -> None:
    async with connected(boot_seconds=30) as (miner, client):
        booted = miner.state.run.booted
        await inject(miner, {"fault": "reboot", "seconds": 0.1})
        await until(lambda: miner.state.run.booted > booted and miner.is_open)
        assert (await client.api_version()).major == 1


@pytest.mark.parametrize("fault", ["thermal_pause", "dead_pools"])
async def test_halted_miner_is_suspended_and_ramps_afterwards(fault: str) -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": fault})
        assert await client.status() is MinerStatus.SUSPENDED
        assert (await client.stats()).terahash.last_5s == 0
        await clear(miner, fault)
        assert await client.status() is MinerStatus.NORMAL
        assert miner.state.ramping()


async def test_overheated_miner_shows_its_temperature() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "thermal_pause"})
        highest = (await client.cooling.state()).highest_c
        assert highest is not None
        assert highest > 90


async def test_weak_miner_keeps_its_promise_but_not_its_rate() -> None:
    async with connected(boot_seconds=0.01) as (miner, client):
        await until(lambda: not miner.state.ramping())
        await inject(miner, {"fault": "hashrate", "percent": -30})
        assert (await client.stats()).terahash.nominal == pytest.approx(104)
        assert miner.state.gigahash(5) / miner.state.nominal_gigahash() < 0.71


async def test_paused_miner_can_wake_by_itself() -> None:
    async with connected() as (miner, client):
        await client.pause()
        await inject(miner, {"fault": "wake"})
        assert await client.status() is MinerStatus.NORMAL


async def test_latency_delays_answers() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "latency", "ms": 120})
        with pytest.raises(Unreachable):
            await client.api_version(timeout=0.05)
        assert (await client.api_version()).major == 1


async def test_clearing_one_fault_leaves_the_others() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "dead_pools"})
        await inject(miner, {"fault": "unimplemented", "methods": ["GetErrors"]})
        await clear(miner, "unimplemented")
        assert await client.errors() == ()
        assert await client.status() is MinerStatus.SUSPENDED


async def test_old_firmware_lacks_everything_when_no_method_is_named() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "unimplemented"})
        with pytest.raises(Rejected):
            await client.api_version()


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"fault": "explode"},
        {"fault": "refuse", "seconds": -1},
        {"fault": "refuse", "seconds": "long"},
        {"fault": "hashrate"},
        {"fault": "hashrate", "percent": -101},
        {"fault": "drop_upload", "at": True},
        {"fault": "busy", "code": "VERY"},
        {"fault": "hang", "methods": "GetErrors"},
    ],
)
async def test_nonsense_is_refused_and_changes_nothing(request_: dict[str, Any]) -> None:
    async with connected() as (miner, client):
        with pytest.raises(BadCommand):
            await inject(miner, request_)
        assert await client.status() is MinerStatus.NORMAL
        with pytest.raises(BadCommand):
            await clear(miner, "explode")


def test_methods_are_named_short_long_or_all() -> None:
    path = "/braiins.bos.v1.MinerService/GetErrors"
    assert names_method(path, ["GetErrors"])
    assert names_method(path, [path])
    assert names_method(path, ["*"])
    assert not names_method(path, ["GetError", "MinerService"])
    assert not names_method("", ["*"])


@pytest.mark.parametrize("turns", range(12))
async def test_stopping_in_the_middle_of_coming_back_frees_the_ports(turns: int) -> None:
    async with connected(boot_seconds=0) as (miner, _):
        booted = miner.state.run.booted
        await inject(miner, {"fault": "reboot"})
        async with asyncio.timeout(5):
            while miner.state.run.booted == booted:  # noqa: ASYNC110 - each turn counts
                await asyncio.sleep(0)
        for _turn in range(turns):
            await asyncio.sleep(0)
    async with connected() as (_, client):
        assert (await client.api_version()).major == 1


@pytest.mark.parametrize("turns", range(0, 20, 2))
async def test_stopping_in_the_middle_of_going_down_ends(turns: int) -> None:
    async with asyncio.timeout(5):
        async with connected(boot_seconds=60) as (miner, client):
            await client.located()
            await inject(miner, {"fault": "reboot"})
            while miner.is_open:  # noqa: ASYNC110 - each turn counts
                await asyncio.sleep(0)
            for _turn in range(turns):
                await asyncio.sleep(0)
