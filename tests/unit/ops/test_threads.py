"""Shared work: one run for all who wait, a time limit, and a memory that ends."""

import asyncio
from datetime import UTC, datetime
from threading import Event

import pytest

from apps.kernel import clock
from apps.ops.threads import Shared, run

#: The threads may hold connections from elsewhere, which each unit of work looks at.
pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 20, tzinfo=UTC)


async def test_those_who_wait_share_one_run() -> None:
    gate, runs = Event(), []

    def slow() -> int:
        runs.append(1)
        gate.wait(5)
        return 7

    shared = Shared(slow, keep_seconds=60)
    waiting = [asyncio.create_task(shared.get(5)) for _ in range(10)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*waiting) == [7] * 10
    assert len(runs) == 1


async def test_a_value_is_kept_and_then_made_anew() -> None:
    runs: list[int] = []

    def count() -> int:
        runs.append(1)
        return len(runs)

    with clock.using(clock.ManualClock(START)) as hands:
        shared = Shared(count, keep_seconds=2)
        assert [await shared.get(5), await shared.get(5)] == [1, 1]
        hands.advance(1.9)  # type: ignore[attr-defined]  # the manual clock
        assert await shared.get(5) == 1
        hands.advance(0.2)  # type: ignore[attr-defined]  # the manual clock
        assert await shared.get(5) == 2


async def test_work_that_hangs_takes_one_thread_and_no_callers_time() -> None:
    gate, runs = Event(), []

    def stuck() -> str:
        runs.append(1)
        gate.wait(10)
        return "late"

    shared = Shared(stuck, keep_seconds=60)
    for _ in range(8):
        with pytest.raises(TimeoutError):
            await shared.get(0.01)
    assert len(runs) == 1
    gate.set()
    assert await shared.get(5) == "late"


async def test_a_failure_is_told_and_not_kept() -> None:
    results: list[Exception | int] = [ValueError("no"), 5]

    def flaky() -> int:
        found = results.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    shared = Shared(flaky, keep_seconds=60)
    with pytest.raises(ValueError, match="no"):
        await shared.get(5)
    assert await shared.get(5) == 5


async def test_work_runs_off_the_loop() -> None:
    assert await run(lambda: 1 + 1) == 2
