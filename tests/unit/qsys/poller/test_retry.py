"""A Core that is away is tried often at first, and after ten failures every half minute."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.poller.retry import Retry
from apps.qsys.poller.times import Times


def pauses(retry: Retry, count: int) -> list[float]:
    """The pauses after so many tries that all fail."""
    found = []
    for _ in range(count):
        retry.failed += 1
        found.append(retry.pause())
    return found


@given(st.integers())
def test_pauses_double_from_one_second_to_thirty_and_then_stay(seed: int) -> None:
    retry = Retry(Times(), random.Random(seed))
    first = pauses(retry, 9)
    for pause, step in zip(first, (1, 2, 4, 8, 16, 30, 30, 30, 30), strict=True):
        assert step / 2 <= pause <= step
    assert not retry.unreachable
    for pause in pauses(retry, 20):
        assert retry.unreachable
        assert 27 <= pause <= 30


def test_two_cores_do_not_come_at_the_same_time() -> None:
    one, other = Retry(Times(), random.Random(1)), Retry(Times(), random.Random(2))
    assert set(pauses(one, 12)).isdisjoint(pauses(other, 12))


def test_a_core_that_stayed_begins_anew() -> None:
    retry = Retry(Times(), random.Random(3))
    pauses(retry, 15)
    retry.succeeded()
    assert (retry.failed, retry.unreachable) == (0, False)
    assert retry.pause() <= 1
