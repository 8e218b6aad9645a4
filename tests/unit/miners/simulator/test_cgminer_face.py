"""Port 4028 answers as the firmware does, from the same state as the other faces."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.clock import SystemClock
from apps.miners.simulator import SimulatedMiner, clear, inject, profile_for, running_miner
from apps.miners.simulator.cgminer import answer
from apps.miners.simulator.state import MinerState
from tests.support.miners import connected, own_address


async def ask(miner: SimulatedMiner, request: bytes) -> Any:
    reader, writer = await asyncio.open_connection(miner.address, miner.ports.cgminer)
    writer.write(request)
    received = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert received.endswith(b"\0")
    return json.loads(received[:-1])


async def test_a_request_in_pieces_is_answered_once_it_is_whole() -> None:
    async with running_miner(own_address()) as miner:
        reader, writer = await asyncio.open_connection(miner.address, miner.ports.cgminer)
        writer.write(b'{"comm')
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b'and":"version"}')
        received = json.loads((await asyncio.wait_for(reader.read(), 5))[:-1])
        writer.close()
        assert received["STATUS"][0]["STATUS"] == "S"
        assert received["VERSION"][0]["BOSer"] == miner.state.version


async def test_commands_are_joined_by_plus() -> None:
    async with running_miner(own_address()) as miner:
        both = await ask(miner, b'{"command":"summary+devs"}')
        assert both["summary"][0]["SUMMARY"][0]["Elapsed"] == 0
        assert len(both["devs"][0]["DEVS"]) == 3


async def test_unknown_command_has_code_14() -> None:
    async with running_miner(own_address()) as miner:
        status = (await ask(miner, b'{"command":"explode"}'))["STATUS"][0]
        assert (status["STATUS"], status["Code"]) == ("E", 14)


async def test_pause_here_is_seen_over_grpc() -> None:
    async with connected() as (miner, client):
        await ask(miner, b'{"command":"pause"}')
        assert await client.status() == "paused"
        devs = await ask(miner, b'{"command":"devs"}')
        assert [dev["MHS 5s"] for dev in devs["DEVS"]] == [0, 0, 0]
        await ask(miner, b'{"command":"resume"}')
        assert await client.status() == "normal"


async def test_power_target_over_grpc_is_seen_here() -> None:
    async with connected() as (miner, client):
        await client.tuning.set_power(2100)
        tuner = await ask(miner, b'{"command":"tunerstatus"}')
        assert tuner["TUNERSTATUS"][0]["PowerLimit"] == 2100


async def test_dead_pools_read_as_dead() -> None:
    async with running_miner(own_address()) as miner:
        await inject(miner, {"fault": "dead_pools"})
        assert (await ask(miner, b'{"command":"pools"}'))["POOLS"][0]["Status"] == "Dead"


async def test_a_mute_miner_accepts_and_says_nothing() -> None:
    async with running_miner(own_address()) as miner:
        await inject(miner, {"fault": "mute"})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(miner, b'{"command":"version"}')
        await clear(miner)
        assert await ask(miner, b'{"command":"version"}')


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=3))
async def test_any_json_is_answered_with_a_status(command: object) -> None:
    state = MinerState(profile_for("127.1.0.1"), SystemClock())
    for request in (command, {"command": command}):
        given_back = answer(state, request)
        assert "STATUS" in given_back or given_back["id"] == 1
