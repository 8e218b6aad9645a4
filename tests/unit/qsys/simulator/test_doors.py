"""The doors of a Core keep to their protocols with clients of another make."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus

from apps.qsys.simulator import running_core
from tests.support.qsys import until

STATUS = b'{"jsonrpc":"2.0","method":"StatusGet","params":0,"id":"a"}'


async def frame_of(reader: asyncio.StreamReader) -> Any:
    """The next NUL-ended object."""
    return json.loads((await asyncio.wait_for(reader.readuntil(b"\0"), 2))[:-1])


async def test_frames_may_share_or_span_segments() -> None:
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        assert (await frame_of(reader))["method"] == "EngineStatus"
        writer.write(STATUS + b"\0\0" + STATUS + b"\0" + STATUS[:10])
        assert [(await frame_of(reader))["id"] for _ in range(2)] == ["a", "a"]
        writer.write(STATUS[10:] + b"\0")
        assert (await frame_of(reader))["result"]["State"] == "Active"
        writer.close()


async def test_an_endless_request_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.qsys.simulator.faces.LARGEST_REQUEST", 1000)
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        writer.write(b"x" * 2000)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 2)
        writer.close()


async def test_websocket_requests_may_be_fragmented_and_pings_are_answered() -> None:
    async with running_core() as host:
        url = f"ws://{host.address}:{host.ports['ws']}/qrc-public-api/v0"
        async with connect(url) as socket:
            assert json.loads(await socket.recv())["method"] == "EngineStatus"
            await socket.send([STATUS.decode()[:9], STATUS.decode()[9:]])
            assert json.loads(await socket.recv())["id"] == "a"
            await asyncio.wait_for(await socket.ping(), 2)
        assert socket.close_code == 1000


async def test_another_path_is_not_found() -> None:
    async with running_core() as host:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"ws://{host.address}:{host.ports['ws']}/other")


async def test_a_silent_websocket_is_closed_after_the_idle_time() -> None:
    async with (
        running_core(idle=0.05) as host,
        connect(f"ws://{host.address}:{host.ports['ws']}/qrc") as socket,
    ):
        await socket.recv()
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)):
            await asyncio.wait_for(socket.recv(), 2)


async def test_pushes_do_not_hold_an_idle_connection() -> None:
    async with running_core(idle=0.2) as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        params = {"Id": "g", "Controls": ["LobbyGain"]}
        add = {"method": "ChangeGroup.AddControl", "params": params, "id": 1}
        auto = {"method": "ChangeGroup.AutoPoll", "params": {"Id": "g", "Rate": 0.02}, "id": 2}
        for one in (add, auto):
            writer.write(json.dumps(one).encode() + b"\0")
        everything = await asyncio.wait_for(reader.read(), 3)
        assert everything.count(b"ChangeGroup.Poll") > 3
        assert host.core.peers == {}
        writer.close()


async def test_an_answer_is_cut_at_the_very_byte() -> None:
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.cut_after = 25
        writer.write(STATUS + b"\0")
        assert len(await asyncio.wait_for(reader.read(), 2)) == 25
        writer.close()


async def test_answers_in_pieces_keep_their_order() -> None:
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.chunk, host.core.faults.pause = 7, 0.0005
        for number in range(5):
            writer.write(json.dumps({"method": "NoOp", "id": number}).encode() + b"\0")
        assert [(await frame_of(reader))["id"] for _ in range(5)] == [0, 1, 2, 3, 4]
        writer.close()


async def test_clearing_a_delay_does_not_let_answers_overtake() -> None:
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.delay = 0.1
        writer.write(b'{"method":"NoOp","id":1}\0')
        await until(lambda: host.core.counts["NoOp"])
        host.core.faults.delay = 0.0
        writer.write(b'{"method":"NoOp","id":2}\0')
        assert [(await frame_of(reader))["id"] for _ in range(2)] == [1, 2]
        writer.close()


async def test_a_pulled_cable_neither_answers_nor_closes_and_loses_nothing_once_it_is_in() -> None:
    async with running_core(idle=0.1) as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.vanished = True
        writer.write(b'{"method":"NoOp","id":1}\0')
        other, second = await asyncio.open_connection(host.address, host.ports["qrc"])
        host.core.announce()
        # Longer than the idle limit, after which a Core that is there would close.
        for silent in (reader, other):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(silent.read(1), 0.2)
        writer.write(b'{"method":"NoOp","id":2}\0')
        assert host.core.counts["NoOp"] == 0
        host.core.faults.vanished = False
        told = [await frame_of(reader) for _ in range(3)]
        assert [one.get("id", one.get("method")) for one in told] == ["EngineStatus", 1, 2]
        assert [(await frame_of(other))["method"] for _ in range(2)] == ["EngineStatus"] * 2
        writer.close()
        second.close()


async def test_a_frame_without_end_is_made_as_fast_as_it_is_read() -> None:
    size = 100 * 1024 * 1024
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.endless = size
        tracemalloc.start()
        writer.write(STATUS + b"\0")
        await until(lambda: not host.core.faults.endless)
        taken = 0
        while taken < size:
            piece = await asyncio.wait_for(reader.read(1024 * 1024), 2)
            assert b"\0" not in piece
            taken += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken == size
        assert peak < 8 * 1024 * 1024
        writer.write(STATUS + b"\0")
        await until(lambda: host.core.counts["StatusGet"] == 2)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        writer.close()


async def test_noise_comes_once_before_an_answer() -> None:
    async with running_core() as host:
        reader, writer = await asyncio.open_connection(host.address, host.ports["qrc"])
        await frame_of(reader)
        host.core.faults.noise = 5_000
        writer.write(STATUS + b"\0")
        noise = await asyncio.wait_for(reader.readexactly(5_000), 2)
        assert len(set(noise)) == 256
        assert (await frame_of(reader))["id"] == "a"
        writer.write(STATUS + b"\0")
        assert (await frame_of(reader))["id"] == "a"
        writer.close()
