"""When a value raises an alert and when it clears, tried on any sequence of values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.alerts.hysteresis import Gone, Standing, step
from apps.fleet.alerts.rules import Side, Thresholds
from apps.kernel.errors import Code, Failure
from tests.unit.fleet.alerts.conftest import HOT

START = datetime(2026, 5, 1, tzinfo=UTC)
LIMITS = Thresholds(80, 75, 60, 120, "warning")

steps = st.lists(st.tuples(st.integers(1, 90), st.floats(60, 95)), min_size=1, max_size=60)


def mirrored(limits: Thresholds) -> Thresholds:
    """The same the other way round."""
    return Thresholds(-limits.raise_at, -limits.clear_at, 60, 120, "warning")


@pytest.mark.parametrize("side", list(Side))
@given(steps)
def test_it_fires_after_lasting_and_clears_after_being_over(
    side: Side, values: list[tuple[int, float]]
) -> None:
    """Against a reading of the whole history: the machine remembers two instants, this all."""
    sign = 1 if side is Side.ABOVE else -1
    limits = LIMITS if side is Side.ABOVE else mirrored(LIMITS)
    now, standing = START, None
    bad_since = good_since = None
    for seconds, value in values:
        now += timedelta(seconds=seconds)
        bad_since = (bad_since or now) if value >= 80 else None
        good_since = (good_since or now) if value < 75 else None
        was_firing = standing is not None and standing.firing
        after = step(standing, sign * value, side, limits, now)
        if was_firing:
            over = good_since is not None and now - good_since >= timedelta(seconds=120)
            # Being good counts from when it fires.
            assert isinstance(after, Gone) == over
            assert not isinstance(after, Gone) or after.resolved
        else:
            lasted = bad_since is not None and now - bad_since >= timedelta(seconds=60)
            assert (isinstance(after, Standing) and after.firing) == lasted
            assert isinstance(after, Standing) == (bad_since is not None)
        standing = after if isinstance(after, Standing) else None
        if isinstance(after, Gone) and after.resolved:
            bad_since = None


@given(steps)
def test_between_the_thresholds_nothing_moves(values: list[tuple[int, float]]) -> None:
    now, firing = START, Standing(True, START)
    for seconds, _ in values:
        now += timedelta(seconds=seconds)
        assert step(firing, 77, Side.ABOVE, LIMITS, now) == firing


@pytest.mark.parametrize(("value", "bad"), [(79.999, False), (80.0, True), (80.001, True)])
def test_the_threshold_itself_is_bad(value: float, bad: bool) -> None:
    assert (step(None, value, Side.ABOVE, LIMITS, START) is not None) == bad


@pytest.mark.parametrize(("value", "good"), [(75.0, False), (74.999, True)])
def test_the_value_that_clears_is_past_its_threshold(value: float, good: bool) -> None:
    after = step(Standing(True, START), value, Side.ABOVE, LIMITS, START)
    assert isinstance(after, Standing)
    assert (after.clearing_since is not None) == good


def test_it_fires_exactly_when_its_time_is_full() -> None:
    pending = Standing(False, START)
    for seconds, firing in ((59, False), (60, True)):
        after = step(pending, 90, Side.ABOVE, LIMITS, START + timedelta(seconds=seconds))
        assert after == Standing(firing, START)


@pytest.mark.parametrize(
    ("field", "thresholds"),
    [
        ("clear_at", Thresholds(80, 81, 0, 0, "warning")),
        ("raise_at", Thresholds(201, 75, 0, 0, "warning")),
        ("raise_at", Thresholds(float("nan"), 75, 0, 0, "warning")),
        ("clear_at", Thresholds(80, -41, 0, 0, "warning")),
        ("raise_seconds", Thresholds(80, 75, -1, 0, "warning")),
        ("clear_seconds", Thresholds(80, 75, 0, 86_401, "warning")),
    ],
)
def test_thresholds_that_cannot_work_are_refused(field: str, thresholds: Thresholds) -> None:
    with pytest.raises(Failure) as caught:
        HOT.check(thresholds)
    assert caught.value.code is Code.INVALID
    assert [one.path for one in caught.value.errors] == [field]
