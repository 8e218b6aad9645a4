"""Streams hear of a control's first change at once, then of the newest a second, never less."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.ids import new_id
from apps.qsys.models import Cause
from apps.qsys.telemetry import Origin
from apps.qsys.telemetry.telling import DEVICE_BURST, DEVICE_RATE, Teller
from tests.unit.qsys.telemetry.made import PLACE, change


def test_the_first_change_is_told_at_once() -> None:
    teller = Teller()
    teller.offer(change(number=-6.0))
    assert [one.number for one in teller.due(10.0)] == [-6.0]


def test_of_the_next_second_only_the_newest_is_told() -> None:
    teller = Teller()
    teller.offer(change(number=-6.0, previous=-20.0))
    teller.due(10.0)
    for at, number in ((10.2, -7.0), (10.4, -8.0), (10.6, -9.0)):
        teller.offer(change(number=number, previous=number + 1))
        assert teller.due(at) == []
    (told,) = teller.due(11.0)
    assert (told.previous, told.number) == (-6.0, -9.0)
    assert teller.due(12.0) == []


def test_the_first_sight_of_a_control_is_no_change() -> None:
    teller = Teller()
    teller.offer(change(origin=Origin(Cause.FIRST.value)))
    assert (len(teller), teller.due(10.0)) == (0, [])


def test_a_recall_of_a_large_snapshot_is_told_over_some_time() -> None:
    teller = Teller()
    count = int(DEVICE_BURST + DEVICE_RATE)
    for number in range(count):
        teller.offer(change(number))
    assert len(teller.due(10.0)) == DEVICE_BURST
    assert len(teller.due(10.5)) == DEVICE_RATE / 2
    assert len(teller.due(11.0)) == DEVICE_RATE / 2
    assert len(teller) == 0


def test_one_busy_device_does_not_silence_another() -> None:
    teller = Teller()
    for number in range(1000):
        teller.offer(change(number))
    teller.offer(change(5000, place=replace(PLACE, device_id=new_id())))
    assert 5000 in {one.control_id for one in teller.due(10.0)}


def test_what_is_held_is_told_at_the_end() -> None:
    teller = Teller()
    teller.offer(change(1))
    teller.due(10.0)
    teller.offer(change(1, number=3.0))
    assert [one.number for one in teller.rest()] == [3.0]
    assert len(teller) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 0.7)), min_size=1, max_size=60))
def test_the_last_word_of_every_control_is_told(steps: list[tuple[int, float]]) -> None:
    teller, now, told, last = Teller(), 0.0, [], {}
    for number, (control, pause) in enumerate(steps):
        now += pause
        teller.offer(change(control, number=float(number)))
        last[control] = float(number)
        told += [(now, one) for one in teller.due(now)]
    told += [(now + 1.001, one) for one in teller.due(now + 1.001)]
    assert {one.control_id: one.number for _, one in told} == last
    for control in last:
        times = [at for at, one in told if one.control_id == control]
        assert all(b - a >= 1 - 1e-9 for a, b in pairwise(times))
