"""Tests in other processes can break a Core, act as its panel, and read what it received."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from apps.qsys.client import ControlSet, QsysRejected, QsysSession, QsysUnreachable
from apps.qsys.simulator import CoreHost, running_core
from apps.qsys.simulator.control_interface import ControlInterface, obey
from tests.support.qsys import transport_to, until

Order = dict[str, Any]


@pytest.fixture
async def host() -> AsyncIterator[CoreHost]:
    async with running_core() as running:
        yield running


async def order(host: CoreHost, **members: Any) -> Order:
    """Carry out one order for this Core."""
    line = json.dumps({"core": host.address, **members}).encode()
    return await obey({host.address: host}, line)


@pytest.mark.parametrize("place", ["socket", "127.0.0.1:0"])
async def test_orders_are_lines_over_a_socket(host: CoreHost, tmp_path: Path, place: str) -> None:
    where = place if ":" in place else str(tmp_path / place)
    interface = ControlInterface({host.address: host}, where)
    found = await interface.start()
    if ":" in place:
        address, _, port = found.rpartition(":")
        reader, writer = await asyncio.open_connection(address, int(port))
    else:
        reader, writer = await asyncio.open_unix_connection(found)
    writer.write(b'{"do":"cores"}\n{"do":"fly"}\nnonsense\n')
    answers = [json.loads(await reader.readline()) for _ in range(3)]
    assert [one["ok"] for one in answers] == [True, False, False]
    assert answers[0]["cores"][0]["ports"] == host.ports
    assert "reboot" in answers[1]["error"]
    writer.close()
    interface.stop()


async def test_a_socket_file_left_behind_is_replaced(host: CoreHost, tmp_path: Path) -> None:
    place = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(place)  # closing it leaves the file, as a process that was killed does
    interface = ControlInterface({host.address: host}, place)
    reader, writer = await asyncio.open_unix_connection(await interface.start())
    writer.write(b'{"do":"cores"}\n')
    assert json.loads(await reader.readline())["ok"]
    writer.close()
    interface.stop()


async def test_faults_are_set_and_healed(host: CoreHost) -> None:
    reject = {"Component.Set": {"code": 9, "message": "illegal channel"}}
    assert (await order(host, do="fault", set={"reject": reject, "garbage": 2}))["ok"]
    async with QsysSession(transport_to(host)) as session:
        with pytest.raises(QsysRejected, match="illegal channel"):
            await session.component_set("Lobby Gain", [ControlSet("gain", value=1)])
        assert session.counters.garbage >= 2
        assert (await order(host, do="heal"))["ok"]
        await session.component_set("Lobby Gain", [ControlSet("gain", value=1)])
    assert host.core.control("Lobby Gain", "gain").value == 1


@pytest.mark.parametrize("wrong", [{"explode": True}, {"delay": "long"}])
async def test_a_wrong_fault_changes_nothing(host: CoreHost, wrong: Order) -> None:
    answer = await order(host, do="fault", set={"hang": True, **wrong})
    assert not answer["ok"]
    assert not host.core.faults.hang


async def test_refusing_and_healing(host: CoreHost) -> None:
    await order(host, do="refuse")
    with pytest.raises(QsysUnreachable):
        await QsysSession(transport_to(host)).open()
    await order(host, do="heal")
    async with QsysSession(transport_to(host)) as session:
        assert (await session.status()).state == "Active"


@pytest.mark.parametrize("what", ["cut", "reload", "reboot"])
async def test_connections_end(host: CoreHost, what: str) -> None:
    async with QsysSession(transport_to(host)) as session:
        assert (await order(host, do=what, seconds=0.01))["ok"]
        await asyncio.wait_for(session.closed.wait(), 2)
    await until(lambda: host.listening)


async def test_state_status_and_storms_are_pushed(host: CoreHost) -> None:
    pushed: list[tuple[str, bool, int]] = []
    session = QsysSession(
        transport_to(host),
        on_status=lambda one: pushed.append((one.state, one.is_redundant, one.status.code)),
    )
    async with session:
        await session.status()
        await order(host, do="state", state="Standby", redundant=True)
        await order(host, do="status", code=2, string="Fault - 1 Fault")
        await order(host, do="storm", count=20)
        await until(lambda: len(pushed) == 23)
    assert pushed[:3] == [("Active", False, 0), ("Standby", True, 0), ("Standby", True, 2)]


async def test_the_panel_sets_and_reads(host: CoreHost) -> None:
    gain = {"component": "Lobby Gain", "control": "gain"}
    assert (await order(host, do="set", value=-6, **gain))["control"]["String"] == "-6.0dB"
    assert (await order(host, do="get", **gain))["control"]["Value"] == -6
    page = {"component": "Touch Screen (Lobby)", "control": "current.uci"}
    assert (await order(host, do="set", value="Audio", **page))["control"]["String"] == "Audio"
    assert not (await order(host, do="get", component="Nobody", control="x"))["ok"]


async def test_the_history_is_read_and_forgotten(host: CoreHost) -> None:
    async with QsysSession(transport_to(host)) as session:
        await session.status()
        await session.component_set("Lobby Gain", [ControlSet("gain", value=1)])
    answer = await order(host, do="history", method="Component.Set")
    (command,) = answer["history"]
    assert (command["face"], command["params"]["Name"]) == ("qrc", "Lobby Gain")
    assert answer["counts"] == {"StatusGet": 1, "Component.Set": 1}
    await order(host, do="forget_history")
    assert (await order(host, do="history"))["history"] == []


async def test_a_dialect_is_spoken(host: CoreHost) -> None:
    await order(host, do="dialect", set={"jsonrpc": False, "result_key": "response"})
    async with QsysSession(transport_to(host)) as session:
        assert (await session.status()).state == "Active"
    assert not (await order(host, do="dialect", set={"accent": "x"}))["ok"]


async def test_groups_are_forgotten(host: CoreHost) -> None:
    async with QsysSession(transport_to(host)) as session:
        await session.group("g").add("Lobby Gain", ["gain"])
        await order(host, do="forget_groups")
        assert host.core.group_count() == 0
