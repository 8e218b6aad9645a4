"""The task that owns the SDK's manager: started once, waited for, ended in time."""

import asyncio
import time

import pytest

from apps.kernel.errors import Code, Failure
from apps.mcp import owner
from apps.mcp.owner import Lifetime, Owner


async def test_one_owner_a_loop() -> None:
    assert owner.here() is owner.here()
    first = await owner.here().ready()
    assert first is await owner.here().ready()
    await owner.close_here()


def test_each_loop_has_its_own() -> None:
    async def started() -> Owner:
        found = owner.here()
        await found.ready()
        await owner.close_here()
        return found

    assert asyncio.run(started()) is not asyncio.run(started())


async def test_a_caller_who_leaves_does_not_end_it_for_others() -> None:
    made = Owner()
    hasty = asyncio.create_task(made.ready())
    await asyncio.sleep(0)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    assert await made.ready() is not None
    await made.close()


async def test_closing_waits_for_what_runs() -> None:
    made, ended = Owner(), []

    async def request() -> None:
        async with made.serving():
            await asyncio.sleep(0.1)
            ended.append("request")

    running = asyncio.create_task(request())
    await asyncio.sleep(0.01)
    await made.close()
    ended.append("owner")
    await running
    assert ended == ["request", "owner"]


async def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "DRAIN_SECONDS", 0.05)
    made = Owner()
    async with made.serving():
        began = time.monotonic()
        await made.close()
        assert time.monotonic() - began < 1


async def test_after_closing_requests_are_told_to_come_again() -> None:
    made = Owner()
    await made.ready()
    await made.close()
    with pytest.raises(Failure) as refused:
        async with made.serving():
            raise AssertionError("must not be served")
    assert refused.value.code is Code.BUSY
    assert refused.value.retry_after == 2


async def test_the_lifetime_starts_and_stops() -> None:
    await Lifetime().start()
    assert await owner.here().ready() is not None
    await Lifetime().stop()
    with pytest.raises(Failure):
        async with owner.here().serving():
            raise AssertionError("must not be served")
