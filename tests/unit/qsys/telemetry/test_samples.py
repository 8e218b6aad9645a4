"""Samples are gathered by the second, and each second comes to the right figures."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.ids import new_id
from apps.qsys.telemetry.rollup import rolled_up
from apps.qsys.telemetry.samples import Samples, SecondCollector

DEVICE = new_id()
SECOND = 1_000_000


def test_a_second_is_handed_on_when_the_next_begins() -> None:
    collector = SecondCollector(DEVICE)
    assert collector.add(1, 5 * SECOND, -30.0) is None
    assert collector.add(2, 5 * SECOND + 999_999, -31.0) is None
    ended = collector.add(1, 6 * SECOND, -32.0)
    assert ended is not None
    assert (ended.second, list(ended.controls), list(ended.offsets)) == (5, [1, 2], [0, 999])


def test_a_quiet_device_hands_its_second_on_when_it_is_over() -> None:
    collector = SecondCollector(DEVICE)
    collector.add(1, 5 * SECOND, -30.0)
    assert collector.close(before_us=5 * SECOND + 900_000) is None
    ended = collector.close(before_us=6 * SECOND)
    assert ended is not None
    assert len(ended) == 1
    assert collector.close() is None


def test_a_running_second_can_be_closed_at_the_end() -> None:
    collector = SecondCollector(DEVICE)
    collector.add(1, 5 * SECOND, -30.0)
    ended = collector.close()
    assert ended is not None
    assert ended.second == 5


def test_a_clock_that_goes_back_stays_in_the_running_second() -> None:
    collector = SecondCollector(DEVICE)
    collector.add(1, 5 * SECOND + 500_000, -30.0)
    assert collector.add(1, 4 * SECOND + 900_000, -31.0) is None
    ended = collector.close()
    assert ended is not None
    assert (ended.second, list(ended.offsets)) == (5, [500, 0])


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(-100, 20, width=32)), max_size=100))
def test_figures_are_those_of_the_samples(rows: list[tuple[int, float]]) -> None:
    samples = Samples(DEVICE, 7)
    for control, value in rows:
        samples.add(control, 0, value)
    found = {one.control_id: one for one in rolled_up(samples)}
    assert set(found) == {control for control, _ in rows}
    for control, one in found.items():
        values = [value for number, value in rows if number == control]
        assert (one.samples, one.minimum, one.maximum) == (len(values), min(values), max(values))
        assert (one.last, one.second, one.device_id) == (values[-1], 7, DEVICE)
        assert math.isclose(one.mean, math.fsum(values) / len(values), abs_tol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(1, 3)), max_size=80))
def test_no_sample_is_lost_between_seconds(steps: list[tuple[int, int]]) -> None:
    collector, at, ended = SecondCollector(DEVICE), 0, []
    for step, control in steps:
        at += step
        done = collector.add(control, at, 1.0)
        ended += [done] if done else []
    last = collector.close()
    ended += [last] if last else []
    assert sum(map(len, ended)) == len(steps)
    assert [one.second for one in ended] == sorted({one.second for one in ended})
