"""Slow groups are left to AutoPoll where the Core can do it, and polled where it cannot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from apps.qsys.client import EngineStatus, Poll, QsysRejected, QsysSession, QsysUnreachable
from apps.qsys.poller.feed import FORGOTTEN_MOST, Feed, Pushing, Sink
from apps.qsys.poller.metronome import Metronome
from apps.qsys.poller.plan import GroupPlan, Rule
from apps.qsys.poller.times import Times
from apps.qsys.simulator import CoreHost
from apps.qsys.simulator.faults import Reject
from tests.support.qsys import connected, until

QUICK = Times(answer=0.3, topology=5.0, push=0.02)
GAIN = ("Lobby Gain", "gain")


class NewDesignError(Exception):
    """What the sink raises when the engine runs another design."""


@dataclass
class Seen:
    """What came out of a feed."""

    code: str
    polls: list[Poll] = field(default_factory=list)
    firsts: list[bool] = field(default_factory=list)
    missed: int = 0

    def take(self, poll: Poll, first: bool) -> None:
        self.polls.append(poll)
        self.firsts.append(first)

    def miss(self, ticks: int) -> None:
        self.missed += ticks

    def agree(self, status: EngineStatus | None) -> None:
        if status is not None and status.design_code != self.code:
            raise NewDesignError

    @property
    def values(self) -> list[Any]:
        return [one.value for poll in self.polls for one in poll.changes]


def small_core(**more: Any) -> AbstractAsyncContextManager[tuple[CoreHost, QsysSession]]:
    """A Core without meters, and a session with it."""
    return connected(controls=30, meters=0, **more)


@contextlib.asynccontextmanager
async def fed(
    host: CoreHost, session: QsysSession, hz: float = 50.0, times: Times = QUICK, **more: Any
) -> AsyncIterator[tuple[Seen, asyncio.Task[None]]]:
    """A feed of the lobby gain while the block runs."""
    seen = Seen(host.core.code)
    plan = GroupPlan("cp-0", hz, {GAIN: Rule("*", ("*",), hz)})
    pushing = more.get("pushing") or Pushing()
    sink = Sink(seen.take, seen.miss, seen.agree)
    task = asyncio.create_task(Feed(session, plan, times, pushing, sink, Metronome()).run(0.0))
    try:
        yield seen, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def has_polls(seen: Seen) -> bool:
    return len(seen.polls) > 3


def ends_with(seen: Seen, value: float) -> bool:
    return bool(seen.values[-1] == value)


def move(host: CoreHost, value: float) -> None:
    host.core.move(host.core.control(*GAIN), value)


@pytest.mark.parametrize("key", ["params", "result"])
async def test_a_slow_group_is_pushed_by_the_core(key: str) -> None:
    async with small_core() as (host, session):
        host.core.dialect.push_key = key
        async with fed(host, session) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
            move(host, -7.0)
            await until(lambda: -7.0 in seen.values)
        assert host.core.counts["ChangeGroup.AutoPoll"] == 1
        assert host.core.counts["ChangeGroup.Poll"] == 0
        assert seen.values == [-20.0, -7.0]
        assert seen.firsts[:3] == [True, False, False]


async def test_a_group_faster_than_the_limit_is_polled() -> None:
    async with small_core() as (host, session):
        async with fed(host, session, times=Times(answer=0.3)) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
        assert host.core.counts["ChangeGroup.AutoPoll"] == 0
        assert (seen.values, seen.firsts[0]) == ([-20.0], True)


async def test_thirty_three_hertz_are_pushed_when_the_limit_is_lowered() -> None:
    async with small_core() as (host, session):
        async with fed(host, session, 33.0, Times(push=0.03)) as (seen, _):
            await until(lambda: len(seen.polls) >= 20)
        took = (seen.polls[19].received_ns - seen.polls[1].received_ns) / 1e9
        assert host.core.counts["ChangeGroup.Poll"] == 0
        assert took >= 17 / 33


async def test_firmware_that_only_acknowledges_tells_everything_with_its_first_push() -> None:
    async with small_core() as (host, session):
        host.core.dialect.push_state = False
        async with fed(host, session) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
        assert [len(one.changes) for one in seen.polls[:3]] == [0, 1, 0]
        assert seen.firsts[:3] == [True, True, False]


async def test_a_core_that_refuses_is_polled_and_not_asked_again() -> None:
    async with small_core() as (host, session):
        host.core.faults.reject["ChangeGroup.AutoPoll"] = Reject(-32601, "Method not found")
        pushing = Pushing()
        for _ in range(2):
            async with fed(host, session, pushing=pushing) as (seen, _):
                await until(partial(has_polls, seen))
        assert host.core.counts["ChangeGroup.AutoPoll"] == 1
        assert not pushing.works


async def test_a_core_that_agrees_and_pushes_nothing_is_polled() -> None:
    async with small_core() as (host, session):
        host.core.faults.quiet = True
        async with fed(host, session) as (seen, _):
            await until(lambda: host.core.counts["ChangeGroup.Poll"] > 3)
            move(host, -7.0)
            await until(lambda: -7.0 in seen.values)
        assert host.core.counts["ChangeGroup.Destroy"] == 1
        assert len(host.core.peers) == 1


async def test_pushes_nobody_agreed_to_take_no_changes_from_the_polls() -> None:
    async with small_core() as (host, session):
        host.core.faults.swallow = {"ChangeGroup.AutoPoll"}
        async with fed(host, session) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
            for step in range(10):
                move(host, -float(step))
                await until(partial(ends_with, seen, -float(step)))
        assert host.core.counts["ChangeGroup.Poll"] > 3


async def test_a_core_that_hangs_ends_the_feed() -> None:
    async with small_core() as (host, session), fed(host, session) as (seen, task):
        await until(lambda: len(seen.polls) > 3)
        host.core.faults.hang = True
        with pytest.raises(QsysUnreachable):
            await task


async def test_a_forgotten_group_is_added_and_pushed_again() -> None:
    async with small_core() as (host, session):
        async with fed(host, session) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
            host.core.forget_groups()
            move(host, -7.0)
            await until(lambda: -7.0 in seen.values)
        assert host.core.counts["ChangeGroup.AutoPoll"] == 2
        assert host.core.counts["ChangeGroup.Poll"] == 1


async def test_a_group_forgotten_again_and_again_ends_the_feed() -> None:
    async with small_core() as (host, session):
        host.core.faults.reject["ChangeGroup.AutoPoll"] = Reject(6, "does not exist")
        async with fed(host, session) as (_, task):
            with pytest.raises(QsysRejected):
                await task
        assert host.core.counts["ChangeGroup.AutoPoll"] == FORGOTTEN_MOST + 1


async def test_another_design_is_noticed_between_two_pushes() -> None:
    async with small_core() as (host, session), fed(host, session) as (seen, task):
        await until(lambda: len(seen.polls) > 3)
        host.core.code = "another"
        host.core.announce()
        with pytest.raises(NewDesignError):
            await task


async def test_ticks_the_core_left_out_are_counted() -> None:
    async with small_core() as (host, session):
        async with fed(host, session) as (seen, _):
            await until(lambda: len(seen.polls) > 3)
            before, polls = seen.missed, len(seen.polls)
            host.core.faults.quiet = True
            await asyncio.sleep(0.1)
            host.core.faults.quiet = False
            await until(lambda: len(seen.polls) > polls + 1)
        assert seen.missed - before >= 3


async def test_a_pushed_connection_outlives_the_idle_limit_of_the_core() -> None:
    fast = {"keepalive": 0.1}
    async with small_core(session=fast, idle=0.3) as (host, session):
        async with fed(host, session) as (seen, _):
            await until(lambda: host.core.counts["NoOp"] >= 5)
            polls = len(seen.polls)
            await until(lambda: len(seen.polls) > polls)
        assert len(host.core.peers) == 1
