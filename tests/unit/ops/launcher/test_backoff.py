"""The wait before a restart grows with early deaths and never beyond its bound."""

from hypothesis import given
from hypothesis import strategies as st

from apps.ops.launcher.backoff import Backoff


def test_wait_doubles_while_a_child_dies_early() -> None:
    backoff = Backoff(first=0.5, most=3.0)
    assert [backoff.after(1.0) for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_long_life_starts_afresh() -> None:
    backoff = Backoff(first=0.5, healthy_after=30)
    for _ in range(4):
        backoff.after(1.0)
    assert backoff.after(30.0) == 0.5
    assert backoff.after(1.0) == 1.0


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1))
def test_wait_stays_within_its_bounds(lives: list[float]) -> None:
    backoff = Backoff()
    assert all(0.5 <= backoff.after(life) <= 30 for life in lives)
