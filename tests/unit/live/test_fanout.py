"""The fan-out itself: it begins with the first stream, rests after the last, and has an end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.events import work
from apps.events.fanout import Fanout
from apps.kernel.actor import system_actor
from apps.kernel.errors import Code, Failure
from apps.live.stream import Stream
from apps.live.wanted import Wanted

BOTH = {"Fanout._read", "Fanout._listen"}


def stream() -> Stream:
    return Stream(system_actor("test"), Wanted())


@pytest.fixture
def _own_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A thread whose connection is closed again, so that the test database can be dropped."""
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(work, "_executor", lambda: pool)
        yield
        pool.submit(connections.close_all).result()


@pytest.fixture
async def fanout(_own_thread: None) -> AsyncIterator[Fanout]:
    made = Fanout(most=2)
    yield made
    for one in list(made._listeners):
        made.leave(one)


def running() -> list[asyncio.Task]:
    """The tasks of the fan-out that are not over."""
    everything = (task for task in asyncio.all_tasks() if not task.done())
    return [task for task in everything if task.get_coro().__qualname__ in BOTH]


def tasks() -> set[str]:
    return {task.get_coro().__qualname__ for task in running()}


async def test_it_has_an_end(fanout: Fanout) -> None:
    fanout._listeners.update({stream(), stream()})
    with pytest.raises(Failure) as caught:
        await fanout.join(stream())
    assert caught.value.code is Code.BUSY
    assert caught.value.retry_after


async def test_it_runs_only_while_somebody_listens(transactional_db: None, fanout: Fanout) -> None:
    first, second = stream(), stream()
    assert tasks() == set()
    await fanout.join(first)
    await fanout.join(second)
    assert tasks() == BOTH
    fanout.leave(first)
    assert tasks() == BOTH
    fanout.leave(second)
    _, pending = await asyncio.wait(running(), timeout=5)
    assert pending == set()


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
    assert tasks() == BOTH
