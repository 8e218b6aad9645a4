"""Ticks lie on an absolute grid: no drift, no overlap, no burst, and the missed are counted."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.poller.grid import Grid

PERIOD = 1 / 33


def test_a_quick_poll_waits_for_the_next_tick() -> None:
    grid = Grid(0.1, 5.0)
    assert grid.wait(4.96) == pytest.approx(0.04)
    assert grid.passed(5.02) == 0
    assert grid.wait(5.02) == pytest.approx(0.08)


def test_a_poll_that_took_less_than_two_periods_is_followed_at_once() -> None:
    grid = Grid(0.1, 5.0)
    assert grid.passed(5.15) == 0
    assert grid.wait(5.15) == 0
    assert grid.missed == 0


def test_whole_periods_that_went_by_are_skipped_and_counted() -> None:
    grid = Grid(0.1, 5.0)
    assert grid.passed(5.46) == 3
    assert grid.missed == 3
    assert grid.wait(5.46) == 0
    assert grid.next == pytest.approx(5.4)


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200), st.floats(0, PERIOD))
def test_ticks_stay_on_the_grid_whatever_polls_take(took: list[float], phase: float) -> None:
    grid = Grid(PERIOD, phase)
    now = 0.0
    for taken, seconds in enumerate(took, 1):
        now += grid.wait(now)
        now += seconds
        grid.passed(now)
        ticks = (grid.next - phase) / PERIOD
        assert math.isclose(ticks, round(ticks), abs_tol=1e-6)
        assert round(ticks) == taken + grid.missed
        assert now - grid.next < PERIOD + 1e-9
