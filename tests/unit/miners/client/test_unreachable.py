"""Silence and loss end within the deadline, and the error knows what may have been sent."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from apps.miners.client import MinerClient, Unreachable
from apps.miners.simulator import clear, inject
from tests.support.miners import connected, own_address, until


async def test_closed_port_is_known_at_once_and_nothing_was_sent() -> None:
    client = MinerClient(own_address(9), password="root")
    began = time.monotonic()
    with pytest.raises(Unreachable, match="refused") as caught:
        await client.pause(timeout=10)
    assert (caught.value.sent, caught.value.retryable) == (False, True)
    assert time.monotonic() - began < 5
    await client.close()


async def test_a_peer_that_never_speaks_http2_costs_the_deadline_and_nothing_was_sent() -> None:
    address = own_address(8)
    with socket.create_server((address, 50051)):
        client = MinerClient(address, password="root")
        with pytest.raises(Unreachable) as caught:
            await client.pause(timeout=0.2)
        assert (caught.value.sent, caught.value.timed_out) == (False, True)
        await client.close()


async def test_a_hanging_method_ends_at_the_deadline_and_may_have_acted() -> None:
    async with connected() as (miner, client):
        await client.located()
        await inject(miner, {"fault": "hang", "methods": ["PauseMining"]})
        with pytest.raises(Unreachable) as caught:
            await client.pause(timeout=0.2)
        assert (caught.value.sent, caught.value.retryable) == (True, False)
        assert caught.value.timed_out
        assert await client.located() is False


async def test_a_hanging_login_means_the_command_did_not_leave() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "hang", "methods": ["Login"]})
        with pytest.raises(Unreachable) as caught:
            await client.pause(timeout=0.2)
        assert (caught.value.sent, caught.value.timed_out) == (False, True)
        assert miner.state.history.entries("pause") == []


async def test_a_mute_miner_answers_again_when_it_is_well() -> None:
    async with connected() as (miner, client):
        await client.located()
        await inject(miner, {"fault": "mute"})
        with pytest.raises(Unreachable):
            await client.located(timeout=0.2)
        await clear(miner, "mute")
        assert await client.located() is False


async def test_a_miner_that_returns_is_reached_without_waiting_for_a_backoff() -> None:
    async with connected() as (miner, client):
        await client.located()
        await inject(miner, {"fault": "refuse"})
        for _ in range(4):
            with pytest.raises(Unreachable):
                await client.api_version()
        await clear(miner, "refuse")
        began = time.monotonic()
        assert (await client.api_version()).major == 1
        assert time.monotonic() - began < 0.5


async def test_calls_under_way_end_when_the_miner_reboots() -> None:
    async with connected(boot_seconds=30) as (miner, client):
        await client.located()
        await inject(miner, {"fault": "hang", "methods": ["GetMinerStats"]})
        call = asyncio.create_task(client.stats(timeout=20))
        await inject(miner, {"fault": "reboot"})
        with pytest.raises(Unreachable):
            await asyncio.wait_for(call, 5)
        await until(lambda: not miner.is_open)
        with pytest.raises(Unreachable) as caught:
            await client.api_version()
        assert caught.value.sent is False


async def test_concurrent_calls_to_nobody_all_fail_alike() -> None:
    client = MinerClient(own_address(9), password="root")
    calls = [client.api_version(timeout=3) for _ in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {Unreachable}
    await client.close()


async def test_a_closed_client_connects_anew() -> None:
    async with connected() as (_, client):
        await client.located()
        await client.close()
        assert await client.located() is False
