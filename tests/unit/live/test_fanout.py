"""The fan-out itself: it begins with the first stream, rests after the last, and has an end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from apps.kernel.actor import system_actor
from apps.kernel.errors import Code, Failure
from apps.live.fanout import Fanout
from apps.live.stream import Stream
from apps.live.wanted import Wanted


def stream() -> Stream:
    return Stream(system_actor("test"), Wanted())


@pytest.fixture
async def fanout() -> AsyncIterator[Fanout]:
    made = Fanout(most=2)
    yield made
    for one in list(made._streams):
        made.leave(one)


def tasks() -> set[str]:
    names = ("Fanout._read", "Fanout._listen")
    coroutines = (task.get_coro() for task in asyncio.all_tasks() if not task.done())
    return {one.__qualname__ for one in coroutines if one.__qualname__ in names}


async def test_it_has_an_end(fanout: Fanout) -> None:
    fanout._streams.update({stream(), stream()})
    with pytest.raises(Failure) as caught:
        await fanout.join(stream())
    assert caught.value.code is Code.BUSY
    assert caught.value.retry_after


async def test_it_runs_only_while_somebody_listens(transactional_db: None, fanout: Fanout) -> None:
    first, second = stream(), stream()
    assert tasks() == set()
    await fanout.join(first)
    await fanout.join(second)
    assert tasks() == {"Fanout._read", "Fanout._listen"}
    fanout.leave(first)
    assert tasks() == {"Fanout._read", "Fanout._listen"}
    fanout.leave(second)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while tasks():
            await asyncio.sleep(0.01)


async def test_a_task_that_breaks_is_started_again(
    transactional_db: None, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = iter([True])
    read_page = Fanout._read_page

    async def broken_once(self: Fanout) -> None:
        if next(breaks, False):
            raise ZeroDivisionError("a mistake")
        await read_page(self)

    monkeypatch.setattr(Fanout, "_read_page", broken_once)
    async with asyncio.timeout(5):
        await fanout.join(stream())
    assert tasks() == {"Fanout._read", "Fanout._listen"}
