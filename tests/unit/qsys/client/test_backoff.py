"""Delays between attempts grow to a limit and are spread."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.client.backoff import delays


@given(st.integers())
def test_delays_double_up_to_the_limit_within_their_half_step(seed: int) -> None:
    drawn = list(itertools.islice(delays(rng=random.Random(seed)), 8))
    steps = [1, 2, 4, 8, 16, 30, 30, 30]
    assert all(step / 2 <= one <= step for one, step in zip(drawn, steps, strict=True))


def test_two_clients_do_not_come_back_together() -> None:
    assert next(delays(rng=random.Random(1))) != next(delays(rng=random.Random(2)))


@pytest.mark.parametrize(("first", "most"), [(0, 30), (-1, 30), (5, 1)])
def test_impossible_limits_are_refused(first: float, most: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        next(delays(first, most))
