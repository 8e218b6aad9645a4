"""The task that owns the SDK's managers: started once, waited for, ended in time."""

import asyncio
import time

import pytest

from apps.kernel.errors import Code, Failure
from apps.mcp import owner
from apps.mcp.owner import Lifetime, Owner
from apps.mcp.route import Way


async def test_one_owner_a_loop() -> None:
    assert owner.here() is owner.here()
    first = owner.here().manager(Way.JSON)
    await owner.here().ready()
    assert owner.here().manager(Way.JSON) is first
    await owner.close_here()


async def test_each_way_through_the_sdk_has_its_manager() -> None:
    made = Owner()
    await made.ready()
    forms = {way: made.manager(way) for way in (Way.JSON, Way.STREAM, Way.SESSION)}
    assert [way for way, one in forms.items() if one.json_response] == [Way.JSON]
    assert [way for way, one in forms.items() if not one.stateless] == [Way.SESSION]
    assert len({id(one.app) for one in forms.values()}) == 1
    await made.close()


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
    await made.ready()
    with made.serving():
        pass
    await made.close()


async def test_closing_waits_for_what_runs() -> None:
    made, ended = Owner(), []

    async def request() -> None:
        with made.serving():
            await asyncio.sleep(0.1)
            ended.append("request")

    running = asyncio.create_task(request())
    await asyncio.sleep(0.01)
    await made.close()
    ended.append("owner")
    await running
    assert ended == ["request", "owner"]


async def test_closing_ends_a_standing_stream_at_once() -> None:
    made, ended = Owner(), []

    async def stream() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stream")

    async def request() -> None:
        with made.serving(counted=False):
            await made.standing(stream())
        ended.append("request")

    running = asyncio.create_task(request())
    await asyncio.sleep(0.01)
    await made.close()
    await running
    assert ended == ["stream", "request"]


async def test_a_caller_who_leaves_ends_their_stream() -> None:
    made, ended = Owner(), asyncio.Event()

    async def stream() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running = asyncio.create_task(made.standing(stream()))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait_for(ended.wait(), 5)
    await made.close()


async def test_a_stream_that_fails_says_so() -> None:
    made = Owner()

    async def stream() -> None:
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await made.standing(stream())
    await made.close()


async def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "DRAIN_SECONDS", 0.05)
    made = Owner()
    with made.serving():
        began = time.monotonic()
        await made.close()
        assert time.monotonic() - began < 1


async def test_after_closing_requests_are_told_to_come_again() -> None:
    made = Owner()
    await made.ready()
    await made.close()
    with pytest.raises(Failure) as refused, made.serving():
        raise AssertionError("must not be served")
    assert refused.value.code is Code.BUSY
    assert refused.value.retry_after == 2


async def test_the_lifetime_starts_and_stops() -> None:
    await Lifetime().start()
    with owner.here().serving():
        pass
    await Lifetime().stop()
    with pytest.raises(Failure), owner.here().serving():
        raise AssertionError("must not be served")
