"""Ticks come when they are due, in their order, by one timer."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel import clock
from apps.qsys.poller.metronome import PHASES, Metronome, on_raster
from tests.support.qsys import until


async def test_what_is_due_is_called_in_its_order_and_not_before() -> None:
    metronome, called = Metronome(), []
    begun = clock.monotonic()

    def note(name: str, after: float) -> None:
        metronome.at(begun + after, lambda: called.append((name, clock.monotonic() - begun)))

    for name, after in (("late", 0.09), ("soon", 0.03), ("past", -1.0), ("soon too", 0.0301)):
        note(name, after)
    await until(lambda: len(called) == 4)
    assert [name for name, _ in called] == ["past", "soon", "soon too", "late"]
    assert called[1][1] >= 0.028
    assert called[3][1] >= 0.088


async def test_a_tick_may_ask_for_the_next_one() -> None:
    metronome, called = Metronome(), asyncio.Event()
    times: list[float] = []

    def tick() -> None:
        times.append(clock.monotonic())
        if len(times) == 5:
            called.set()
        else:
            metronome.at(times[-1] + 0.005, tick)

    metronome.at(0.0, tick)
    await asyncio.wait_for(called.wait(), 5)
    assert len(times) == 5


@given(st.floats(0, 1e7), st.floats(0.03, 100))
def test_groups_of_one_rate_begin_at_few_moments_of_their_period(
    moment: float, period: float
) -> None:
    begin, step = on_raster(moment, period), period / PHASES
    assert moment - 1e-6 <= begin <= moment + step * 1.001
    assert begin / step == pytest.approx(round(begin / step), abs=1e-3)
