"""The rate of a device is what its answers show, not what was planned."""

from __future__ import annotations

import pytest

from apps.qsys.poller.rate import Rate

MS = 1_000_000


def answers(*milliseconds: float) -> Rate:
    rate = Rate()
    at = 1_000_000_000
    rate.answered(at)
    for gap in milliseconds:
        at += int(gap * MS)
        rate.answered(at)
    return rate


def test_one_answer_is_no_rate() -> None:
    assert answers().figures() is None
    assert Rate().figures(5) is None


def test_intervals_are_told_by_their_middle_and_their_worst() -> None:
    found = answers(*[30] * 98, 50, 200).figures()
    assert found is not None
    assert (found.p50, found.p99, found.most) == (30, 200, 200)
    assert found.hz == pytest.approx(100 / 3.19)


def test_only_the_last_seconds_count_when_asked_for() -> None:
    found = answers(1000, 1000, *[100] * 20).figures(1)
    assert found is not None
    assert found.hz == pytest.approx(10)


def test_a_clock_that_stands_gives_no_rate() -> None:
    assert answers(0, 0).figures() is None
