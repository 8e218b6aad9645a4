"""Every typed method does on a Core what it says, over all three transports."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from apps.qsys.client import ControlSet, QsysRefused, QsysRejected, QsysSession
from apps.qsys.simulator import running_core
from tests.support.qsys import FACES, connected, transport_to, until


@pytest.mark.parametrize("face", FACES)
async def test_a_core_is_read_and_set(face: str) -> None:
    async with connected(face) as (host, session):
        assert (await session.status()).design_code == host.core.code
        names = [one.name for one in await session.components()]
        assert "Lobby Gain" in names
        assert "Hidden Script" not in names
        sets = [ControlSet("gain", value=-42.1), ControlSet("mute", value=True)]
        result = await session.component_set("Lobby Gain", sets)
        assert [one.string for one in result.states] == ["-42.1dB", "muted"]
        states = await session.component_get("Lobby Gain", ["gain", "mute"])
        assert [one.value for one in states] == [pytest.approx(-42.1), True]


def test_the_session_runs_on_uvloop() -> None:
    async def visit() -> str:
        async with connected("wss") as (_, session):
            return (await session.status()).state

    assert uvloop.run(visit()) == "Active"


async def test_listing_controls_tells_type_range_and_direction() -> None:
    async with connected() as (_, session):
        gain, mute, *_ = await session.controls("Lobby Gain")
        assert (gain.type, gain.value_min, gain.value_max) == ("Float", -100, 20)
        assert (gain.string_min, gain.direction) == ("-100.0dB", "Read/Write")
        assert mute.type == "Boolean"


@pytest.mark.parametrize(
    ("one", "string"),
    [
        (ControlSet("gain", value=-10), "-10.0dB"),
        (ControlSet("gain", position=0.75), "-10.0dB"),
        (ControlSet("gain", string="-10dB"), "-10.0dB"),
        (ControlSet("gain", value=500), "20.0dB"),
        (ControlSet("mute", string="muted"), "muted"),
        (ControlSet("mute", value=1), "muted"),
        (ControlSet("mute", position=0.5), "muted"),
    ],
)
async def test_a_control_is_set_in_each_way(one: ControlSet, string: str) -> None:
    async with connected() as (_, session):
        result = await session.component_set("Lobby Gain", [one])
        assert result.states[0].string == string


async def test_unknown_controls_are_named_and_the_known_ones_set() -> None:
    async with connected() as (host, session):
        sets = [ControlSet("gain", value=-3), ControlSet("nope", value=1)]
        result = await session.component_set("Lobby Gain", sets, response_values=False)
        assert (result.states, result.unknown) == ([], ["nope"])
        assert host.core.control("Lobby Gain", "gain").value == -3


async def test_named_controls_are_read_and_set() -> None:
    async with connected() as (_, session):
        result = await session.control_set(ControlSet("Lobby Mute", value=True))
        assert [(one.name, one.string) for one in result.states] == [("Lobby Mute", "muted")]
        gain, mute = await session.control_get(["LobbyGain", "Lobby Mute"])
        assert (gain.string, mute.value, mute.component) == ("-20.0dB", True, None)


async def test_a_ramp_passes_through_intermediate_values() -> None:
    now = [100.0]
    async with connected(clock=lambda: now[0]) as (_, session):
        await session.component_set("Lobby Gain", [ControlSet("gain", value=0, ramp=2)])
        now[0] += 1
        halfway = await session.component_get("Lobby Gain", ["gain"])
        now[0] += 1
        done = await session.component_get("Lobby Gain", ["gain"])
        assert [halfway[0].value, done[0].value] == [-10, 0]


@pytest.mark.parametrize(
    ("component", "control", "code"), [("Nobody", "gain", 7), ("Lobby Gain", "nope", 8)]
)
async def test_unknown_names_are_rejected(component: str, control: str, code: int) -> None:
    async with connected() as (_, session):
        with pytest.raises(QsysRejected, match=component) as caught:
            await session.component_get(component, [control])
        assert caught.value.code == code


@pytest.mark.parametrize("face", FACES)
async def test_a_core_with_access_control_wants_a_logon(face: str) -> None:
    async with connected(face, users={"joe": "1234"}) as (_, session):
        with pytest.raises(QsysRefused, match="logon"):
            await session.status()
        with pytest.raises(QsysRefused, match="name and PIN"):
            await session.logon("joe", "9999")
        await session.logon("joe", "1234")
        assert (await session.status()).state == "Active"


async def test_an_api_key_opens_the_core() -> None:
    async with connected("ws", session={"api_key": "k"}, api_keys=("k",)) as (_, session):
        assert (await session.status()).state == "Active"
    async with connected("ws", session={"api_key": "other"}, api_keys=("k",)) as (_, session):
        with pytest.raises(QsysRefused):
            await session.status()


async def test_the_engine_status_is_pushed_on_connect_and_on_change() -> None:
    states: list[str] = []
    options = {"on_status": lambda status: states.append(status.state)}
    async with connected(session=options) as (host, session):
        await until(lambda: states == ["Active"])
        host.core.become("Standby")
        await until(lambda: states == ["Active", "Standby"])
        assert session.engine is not None
        assert session.engine.state == "Standby"


async def test_many_calls_share_the_connection() -> None:
    async with connected() as (_, session):
        states = await asyncio.gather(*[session.controls("Lobby Gain") for _ in range(200)])
        assert {len(one) for one in states} == {6}
        assert session.counters.requests == 200


async def test_a_design_of_many_controls_is_read_in_one_poll() -> None:
    async with running_core(controls=10_000) as host:
        async with QsysSession(transport_to(host)) as session:
            group = session.group("all")
            components = await session.components()
            listed = await asyncio.gather(*[session.controls(one.name) for one in components])
            for component, controls in zip(components, listed, strict=True):
                await group.add(component.name, [one.name for one in controls])
            poll = await group.poll()
        assert len({(one.component, one.name) for one in poll.changes}) == 10_000


async def test_a_round_trip_without_effect() -> None:
    async with connected() as (host, session):
        await session.no_op()
        assert host.core.counts["NoOp"] == 1
