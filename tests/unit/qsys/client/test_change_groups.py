"""Change groups tell each change once, within the limits of a Core."""

from __future__ import annotations

import time

import pytest

from apps.qsys.client import (
    CHANGE_GROUPS_EXHAUSTED,
    UNKNOWN_CHANGE_GROUP,
    ControlSet,
    Poll,
    QsysRejected,
)
from tests.support.qsys import FACES, connected, until


@pytest.mark.parametrize("face", FACES)
async def test_the_first_poll_tells_all_and_later_ones_what_changed(face: str) -> None:
    async with connected(face, meters=0) as (host, session):
        group = session.group("g")
        await group.add("Lobby Gain", ["gain", "mute"])
        assert {one.name for one in (await group.poll()).changes} == {"gain", "mute"}
        assert (await group.poll()).changes == []
        host.core.move(host.core.control("Lobby Gain", "gain"), -7)
        (change,) = (await group.poll()).changes
        assert (change.component, change.name, change.value) == ("Lobby Gain", "gain", -7)


async def test_polls_are_stamped_and_numbered() -> None:
    async with connected() as (_, session):
        before = time.time_ns()
        group = session.group("g")
        await group.add("Lobby Gain", ["gain"])
        polls = [await group.poll() for _ in range(3)]
        stamps = [before, *[one.received_ns for one in polls], time.time_ns()]
        assert stamps == sorted(stamps)
        assert [one.sequence for one in polls] == [1, 2, 3]


async def test_meters_move_at_every_poll() -> None:
    now = [0.0]
    async with connected(meters=4, clock=lambda: now[0]) as (_, session):
        group = session.group("g")
        await group.add("Meters 1", [f"meter.{n}" for n in range(1, 5)])
        seen = []
        for _ in range(5):
            now[0] += 0.03
            seen.append({one.name: one.value for one in (await group.poll()).changes})
        assert all(len(one) == 4 for one in seen)
        assert len({one["meter.1"] for one in seen}) == 5


async def test_a_full_poll_has_choices() -> None:
    async with connected() as (_, session):
        group = session.group("g")
        await group.add("Touch Screen (Lobby)", ["current.uci"])
        (page,) = await group.poll_full()
        assert page.choices == ["Home", "Audio", "Cameras"]


async def test_a_control_reachable_both_ways_appears_once_under_its_name() -> None:
    async with connected() as (_, session):
        group = session.group("g")
        await group.add("Lobby Gain", ["gain"])
        await group.add_named(["LobbyGain"])
        (change,) = (await group.poll()).changes
        assert (change.component, change.name) == (None, "LobbyGain")


async def test_invalidate_clear_and_remove() -> None:
    async with connected() as (host, session):
        group = session.group("g")
        await group.add_named(["LobbyGain", "Lobby Mute"])
        await group.poll()
        await group.invalidate()
        assert len((await group.poll()).changes) == 2
        await group.remove_named(["LobbyGain"])
        await group.invalidate()
        assert [one.name for one in (await group.poll()).changes] == ["Lobby Mute"]
        await group.clear()
        host.core.control("Lobby Gain", "mute").settle(1)
        assert (await group.poll()).changes == []


async def test_the_fifth_group_is_rejected_until_one_is_destroyed() -> None:
    async with connected() as (_, session):
        groups = [session.group(f"g{n}") for n in range(5)]
        for group in groups[:4]:
            await group.add("Lobby Gain", ["gain"])
        with pytest.raises(QsysRejected) as caught:
            await groups[4].add("Lobby Gain", ["gain"])
        assert caught.value.code == CHANGE_GROUPS_EXHAUSTED
        await groups[0].destroy()
        await groups[4].add("Lobby Gain", ["gain"])
        assert len((await groups[4].poll()).changes) == 1


async def test_a_forgotten_group_says_so() -> None:
    async with connected() as (host, session):
        group = session.group("g")
        await group.add("Lobby Gain", ["gain"])
        host.core.forget_groups()
        with pytest.raises(QsysRejected, match="does not exist") as caught:
            await group.poll()
        assert caught.value.code == UNKNOWN_CHANGE_GROUP


@pytest.mark.parametrize("key", ["params", "result"])
async def test_automatic_polls_are_pushed_until_the_group_is_destroyed(key: str) -> None:
    polls: list[Poll] = []
    async with connected(session={"on_poll": polls.append}) as (host, session):
        host.core.dialect.push_key = key
        group = session.group("auto")
        await group.add("Lobby Gain", ["gain"])
        first = await group.autopoll(0.02)
        assert [one.name for one in first.changes] == ["gain"]
        await session.component_set("Lobby Gain", [ControlSet("gain", value=-1)])
        await until(lambda: any(one.changes for one in polls))
        await group.destroy()
        await session.no_op()
        count = len(polls)
        await session.no_op()
        assert len(polls) == count
        assert host.core.group_count() == 0
