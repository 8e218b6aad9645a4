"""A Core's controls are listed and put into groups, unknown ones aside."""

from __future__ import annotations

import pytest

from apps.qsys.client import QsysRejected
from apps.qsys.poller import topology
from apps.qsys.poller.plan import GroupPlan, Path, Rule
from apps.qsys.simulator.faults import Reject
from tests.support.qsys import connected

RULE = Rule("*", ("*",), 33.0)


def group(*paths: Path) -> GroupPlan:
    return GroupPlan("cp-0", 33.0, dict.fromkeys(paths, RULE))


async def test_every_exposed_control_is_found() -> None:
    async with connected(controls=200, meters=4) as (host, session):
        found = await topology.read_controls(session, timeout=5)
        assert len(found) == host.core.design.size == 200
        (gain,) = [one for one in found if one.path == ("Lobby Gain", "gain")]
        assert (gain.type, gain.direction, gain.minimum) == ("Float", "Read/Write", -100.0)
        assert "Hidden Script" not in {one.component for one in found}


async def test_a_component_that_goes_while_it_is_asked_is_left_out() -> None:
    async with connected(controls=60, meters=0) as (host, session):
        host.core.faults.reject["Component.GetControls"] = Reject(7, "unknown component")
        assert await topology.read_controls(session, timeout=5) == []


async def test_named_controls_are_asked_for_one_by_one() -> None:
    async with connected(controls=60, meters=0) as (_, session):
        found = await topology.read_named(session, ["LobbyGain", "Nobody"], timeout=5)
        assert [one.path for one in found] == [("", "LobbyGain")]


async def test_unknown_controls_do_not_keep_the_others_out() -> None:
    known = [("Lobby Gain", "gain"), ("Lobby Gain", "mute")]
    unknown = {("Lobby Gain", "gian"), ("Nobody", "gain")}
    async with connected(controls=60, meters=0) as (_, session):
        handle = session.group("cp-0")
        refused = await topology.add_members(handle, group(*known, *unknown), timeout=5)
        assert refused == unknown
        poll = await handle.poll()
        assert {(one.component, one.name) for one in poll.changes} == set(known)


async def test_many_controls_are_added_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "IN_ONE", 2)
    async with connected(controls=60, meters=0) as (host, session):
        found = await topology.read_controls(session, timeout=5)
        readable = [one.path for one in found if one.readable]
        handle = session.group("cp-0")
        assert await topology.add_members(handle, group(*readable), timeout=5) == set()
        assert len((await handle.poll()).changes) == len(readable)
        assert host.core.counts["ChangeGroup.AddComponentControl"] >= len(readable) / 2


async def test_a_core_without_a_free_group_says_so() -> None:
    async with connected(controls=60, meters=0) as (host, session):
        host.core.faults.reject["ChangeGroup.AddComponentControl"] = Reject(5, "exhausted")
        with pytest.raises(QsysRejected) as caught:
            await topology.add_members(
                session.group("cp-0"), group(("Lobby Gain", "gain")), timeout=5
            )
        assert caught.value.code == 5
