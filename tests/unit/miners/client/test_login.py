"""The client logs in on first need, once for all, and once more when the device forgot it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from apps.kernel.clock import ManualClock
from apps.miners.client import Refused
from apps.miners.simulator import inject
from tests.support.miners import connected


async def test_probe_and_capabilities_need_no_login() -> None:
    async with connected(password="wrong") as (miner, client):
        assert (await client.api_version()).minor == 10
        assert (await client.capabilities()).has("MinerService/GetMinerDetails")
        assert miner.state.history.entries("login") == []


async def test_concurrent_calls_share_one_login() -> None:
    async with connected() as (miner, client):
        await asyncio.gather(*(client.details() for _ in range(20)))
        assert len(miner.state.history.entries("login")) == 1


async def test_expired_login_is_renewed_and_the_call_repeated() -> None:
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    async with connected(clock=clock) as (miner, client):
        await client.pause()
        clock.advance(3601)
        assert await client.pause() is True
        assert len(miner.state.history.entries("login")) == 2
        assert len(miner.state.history.entries("pause")) == 2


async def test_use_keeps_a_login_alive() -> None:
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    async with connected(clock=clock) as (miner, client):
        for _ in range(5):
            await client.located()
            clock.advance(3000)
        assert len(miner.state.history.entries("login")) == 1


async def test_wrong_password_is_refused_and_tried_once() -> None:
    async with connected(password="wrong") as (miner, client):
        with pytest.raises(Refused, match="password"):
            await client.details()
        assert len(miner.state.history.entries("login_refused")) == 1


async def test_changed_password_is_refused_after_one_new_login() -> None:
    async with connected() as (miner, client):
        await client.details()
        await inject(miner, {"fault": "auth_reset", "password": "other"})
        with pytest.raises(Refused):
            await client.reboot()
        assert miner.state.history.entries("reboot") == []
        assert len(miner.state.history.entries("login_refused")) == 1


async def test_first_message_of_a_stream_also_renews_the_login() -> None:
    async with connected() as (miner, client):
        await client.status()
        await inject(miner, {"fault": "expire_tokens"})
        assert await client.status() == "normal"
        assert len(miner.state.history.entries("login")) == 2
