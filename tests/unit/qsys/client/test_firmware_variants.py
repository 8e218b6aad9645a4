"""Firmware differs in how it answers; every documented form is understood."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apps.qsys.client import ControlSet, Poll, QrcTransport, QsysSession, QsysUnreachable
from tests.support.qsys import frame, scripted, until


def session_on(port: int, **options: Any) -> QsysSession:
    """A session with the scripted peer."""
    return QsysSession(QrcTransport("127.0.0.1", port), **{"timeout": 2.0, **options})


@pytest.mark.parametrize("key", ["result", "response"])
async def test_a_result_may_be_called_response_and_lack_jsonrpc(key: str) -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(**{"id": request["id"], key: {"State": "Active", "DesignCode": "abc"}})]

    async with scripted(script) as (port, _), session_on(port) as session:
        assert (await session.status()).design_code == "abc"


@pytest.mark.parametrize("ack", [True, None, {}, [], "OK", 0, ""])
async def test_any_result_acknowledges(ack: Any) -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(id=request["id"], result=ack)]

    async with scripted(script) as (port, heard), session_on(port) as session:
        await session.group("g").add("Gain_1", ["gain"])
        result = await session.component_set("Gain_1", [ControlSet("gain", value=1)])
        assert (result.states, result.unknown) == ([], [])
        assert (await session.control_set(ControlSet("G", value=1))).states == []
        assert len(heard) == 3


@pytest.mark.parametrize("unknown", [["nope"], [{"Name": "nope"}]])
async def test_unknown_controls_are_listed_either_way(unknown: list[Any]) -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(id=request["id"], result=unknown)]

    async with scripted(script) as (port, _), session_on(port) as session:
        sets = [ControlSet("nope", value=1)]
        result = await session.component_set("Gain_1", sets, response_values=False)
        assert (result.states, result.unknown) == ([], ["nope"])


async def test_requests_are_json_rpc_with_the_documented_members() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(id=request["id"], result=True)]

    async with scripted(script) as (port, heard), session_on(port, api_key="k") as session:
        group = session.group("g")
        await group.add("Gain_1", ["gain"])
        await group.add_named(["A"])
        await group.remove_named(["A"])
        await session.logon("joe", "1234")
    assert all(one["jsonrpc"] == "2.0" and one["apiKey"] == "k" for one in heard)
    assert [(one["method"], one["params"]) for one in heard] == [
        (
            "ChangeGroup.AddComponentControl",
            {"Id": "g", "Component": {"Name": "Gain_1", "Controls": [{"Name": "gain"}]}},
        ),
        ("ChangeGroup.AddControl", {"Id": "g", "Controls": ["A"]}),
        ("ChangeGroup.Remove", {"Id": "g", "Controls": ["A"]}),
        ("Logon", {"User": "joe", "Password": "1234"}),
    ]


async def test_answers_are_matched_by_id_whatever_their_order() -> None:
    held: list[dict[str, Any]] = []

    def script(request: dict[str, Any]) -> list[bytes]:
        held.append(request)
        if len(held) < 3:
            return []
        return [frame(id=one["id"], result=[{"Name": one["params"][0]}]) for one in held[::-1]]

    async with scripted(script) as (port, _), session_on(port) as session:
        states = await asyncio.gather(*[session.control_get([name]) for name in "abc"])
        assert [one[0].name for one in states] == ["a", "b", "c"]


async def test_garbage_is_counted_and_survived() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        noise = [b"{\0", b"\xff\xfe\0", b"[1,2]\0", b'{"id":{}}\0']
        return [*noise, frame(id=request["id"], result={"State": "Idle"})]

    async with scripted(script) as (port, _), session_on(port) as session:
        assert (await session.status()).state == "Idle"
        assert session.counters.garbage == 4


async def test_a_broken_status_push_is_garbage_not_the_end() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        push = frame(method="EngineStatus", params={"State": 7})
        return [push, frame(id=request["id"], result={"State": "Idle"})]

    async with scripted(script) as (port, _), session_on(port) as session:
        await session.status()
        assert session.counters.garbage == 1


async def test_an_unreadable_result_is_no_verdict() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(id=request["id"], result={"Changes": 5})]

    async with scripted(script) as (port, _), session_on(port) as session:
        for ask in (session.group("g").poll(), session.components()):
            with pytest.raises(QsysUnreachable, match="could not be read") as caught:
                await ask
            assert caught.value.sent


async def test_a_late_answer_is_counted_and_does_no_harm() -> None:
    held: list[int] = []

    def script(request: dict[str, Any]) -> list[bytes]:
        if not held:
            held.append(request["id"])
            return []
        late = frame(id=held[0], result={"State": "Late"})
        return [late, frame(id=request["id"], result={"State": "Active"})]

    async with scripted(script) as (port, _), session_on(port) as session:
        with pytest.raises(QsysUnreachable) as caught:
            await session.status(timeout=0.05)
        assert (caught.value.sent, caught.value.timed_out) == (True, True)
        assert (await session.status()).state == "Active"
        assert session.counters.late == 1


async def test_automatic_polls_may_come_as_results_with_or_without_the_id() -> None:
    polls: list[Poll] = []

    def script(request: dict[str, Any]) -> list[bytes]:
        body = {"Id": "g", "Changes": [{"Name": "x", "Value": 1}]}
        other = {"Id": "other", "Changes": []}
        return [
            frame(id=request["id"], result=True),
            frame(id=request["id"], result=body),
            frame(result=body),
            frame(method="ChangeGroup.Poll", params=body),
            frame(method="ChangeGroup.Poll", params=other),
        ]

    async with scripted(script) as (port, _), session_on(port, on_poll=polls.append) as session:
        first = await session.group("g").autopoll(0.1)
        assert (first.changes, first.sequence) == ([], 1)
        await until(lambda: session.counters.late)
        assert [one.sequence for one in polls] == [2, 3, 4]
        assert {one.changes[0].value for one in polls} == {1}


async def test_a_frame_without_end_closes_the_session() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [b"x" * 2048]

    async with scripted(script) as (port, _):
        session = QsysSession(QrcTransport("127.0.0.1", port, max_frame=1024))
        async with session:
            with pytest.raises(QsysUnreachable, match="exceeds the limit of 1024"):
                await session.status()
            assert session.closed.is_set()


async def test_an_idle_session_sends_no_op_without_an_id() -> None:
    async with scripted(lambda request: []) as (port, heard), session_on(port, keepalive=0.02):
        await until(lambda: len(heard) >= 3)
        assert heard[0] == {"jsonrpc": "2.0", "method": "NoOp", "params": {}}


async def test_a_busy_session_sends_no_no_op() -> None:
    def script(request: dict[str, Any]) -> list[bytes]:
        return [frame(id=request["id"], result={})] if "id" in request else []

    async with scripted(script) as (port, heard), session_on(port, keepalive=0.5) as session:
        loop = asyncio.get_running_loop()
        end = loop.time() + 0.7
        while loop.time() < end:
            await session.status()
            await asyncio.sleep(0.01)
        assert {one["method"] for one in heard} == {"StatusGet"}
