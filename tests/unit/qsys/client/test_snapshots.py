"""Snapshot banks: what is saved comes back, at once or gradually, by method or by button."""

from __future__ import annotations

import pytest

from apps.qsys.client import ControlSet, QsysRejected, QsysSession, SnapshotBank
from tests.support.qsys import FACES, connected

BANK = "Snapshot Controller"


async def gain(session: QsysSession) -> object:
    return (await session.component_get("Lobby Gain", ["gain"]))[0].value


async def set_gain(session: QsysSession, value: float) -> None:
    await session.component_set("Lobby Gain", [ControlSet("gain", value=value)])


@pytest.mark.parametrize("face", FACES)
async def test_a_saved_mix_comes_back(face: str) -> None:
    async with connected(face) as (_, session):
        bank = SnapshotBank(session, BANK)
        await set_gain(session, -7)
        await bank.save(3)
        await set_gain(session, -50)
        await bank.load(3)
        assert await gain(session) == -7
        last, state = await session.component_get(BANK, ["last.3", "load.state.3"])
        assert (last.value, state.value) == (True, 2)


async def test_a_recall_may_take_its_time() -> None:
    now = [10.0]
    async with connected(clock=lambda: now[0]) as (_, session):
        bank = SnapshotBank(session, BANK)
        await bank.save(1)
        await set_gain(session, 0)
        await bank.load(1, ramp=2)
        now[0] += 1
        assert await gain(session) == -10
        now[0] += 1
        assert await gain(session) == -20


async def test_a_change_group_tells_what_a_recall_changed_and_nothing_else() -> None:
    async with connected() as (_, session):
        bank = SnapshotBank(session, BANK)
        await bank.save(1)
        await set_gain(session, -3)
        group = session.group("around the recall")
        for component in ("Lobby Gain", "Hall.1.Left"):
            listed = await session.controls(component)
            await group.add(component, [one.name for one in listed])
        await group.poll()
        await bank.load(1)
        changes = (await group.poll()).changes
        assert [(one.component, one.name, one.value) for one in changes] == [
            ("Lobby Gain", "gain", -20)
        ]


async def test_the_buttons_do_the_same() -> None:
    async with connected() as (_, session):
        await set_gain(session, -9)
        await session.component_set(BANK, [ControlSet("save.2", value=True)])
        await set_gain(session, -1)
        await session.component_set(BANK, [ControlSet("load.2", value=True)])
        assert await gain(session) == -9


async def test_a_slot_that_was_never_saved_holds_the_design_as_deployed() -> None:
    async with connected() as (_, session):
        await set_gain(session, 5)
        await SnapshotBank(session, BANK).load(8)
        assert await gain(session) == -20


@pytest.mark.parametrize(("bank", "slot", "code"), [("Nowhere", 1, 7), (BANK, 99, -32602)])
async def test_what_is_not_there_is_rejected_and_nothing_changes(
    bank: str, slot: int, code: int
) -> None:
    async with connected() as (_, session):
        await set_gain(session, 5)
        with pytest.raises(QsysRejected) as caught:
            await SnapshotBank(session, bank).load(slot)
        assert caught.value.code == code
        assert await gain(session) == 5


async def test_slot_nought_is_refused_before_anything_is_sent() -> None:
    async with connected() as (host, session):
        with pytest.raises(ValueError, match="count from 1"):
            await SnapshotBank(session, BANK).save(0)
        assert host.core.counts["Snapshot.Save"] == 0
