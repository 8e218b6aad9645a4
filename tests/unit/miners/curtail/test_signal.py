"""When a price turns a trigger: two thresholds, least times, and series that can be read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.errors import Failure
from apps.miners.curtail.triggers.fetching import screen
from apps.miners.curtail.triggers.series import LASTS, parsed, price_at
from apps.miners.curtail.triggers.signal import SignalRules, next_state

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
prices = st.none() | st.floats(-500, 500, allow_nan=False)
steps = st.lists(st.tuples(st.integers(1, 1_000), prices), max_size=60)


@given(steps, st.booleans(), st.integers(0, 100), st.integers(0, 2_000), st.integers(0, 2_000))
def test_it_never_turns_sooner_than_its_least_time(
    walk: list[tuple[int, float | None]], above: bool, band: int, on: int, off: int
) -> None:
    rules = SignalRules(
        above=above,
        on_at=100,
        off_at=100 - band if above else 100 + band,
        least_on_seconds=on,
        least_off_seconds=off,
    )
    now, is_on, since = NOON, False, None
    for seconds, price in walk:
        now += timedelta(seconds=seconds)
        after = next_state(rules, price, is_on=is_on, since=since, now=now)
        if after != is_on:
            least = on if is_on else off
            assert since is None or now - since >= timedelta(seconds=least)
            assert after == (price is not None and (price >= 100 if above else price <= 100))
            is_on, since = after, now


def test_between_the_thresholds_it_stays_and_without_a_price_it_goes_off() -> None:
    rules = SignalRules(on_at=100, off_at=80, least_on_seconds=0, least_off_seconds=0)

    def after(price: float | None, *, is_on: bool) -> bool:
        return next_state(rules, price, is_on=is_on, since=None, now=NOON)

    assert [after(one, is_on=False) for one in (99.9, 100.0)] == [False, True]
    assert [after(one, is_on=True) for one in (80.1, 80.0, None)] == [True, False, False]
    with pytest.raises(ValueError, match="off_at"):
        SignalRules(on_at=80, off_at=100)


@given(st.dictionaries(st.integers(0, 5_000), st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_a_series_is_read_back_in_order_whatever_order_it_has(found: dict[int, float]) -> None:
    points = {NOON + timedelta(minutes=minute): price for minute, price in found.items()}
    text = "starts_at,price\n" + "".join(f"{at.isoformat()},{p!r}\n" for at, p in points.items())
    assert parsed(text) == sorted(points.items())


@given(st.text(max_size=200))
def test_whatever_is_sent_is_read_or_refused_with_a_reason(text: str) -> None:
    assert refused(text) in ((), ("csv",))


def refused(text: str) -> tuple[str, ...]:
    """The paths of what is wrong with a series."""
    try:
        parsed(text)
    except Failure as failure:
        return tuple(one.path for one in failure.errors)
    return ()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("tomorrow,1", "line 2: 'tomorrow' is no time"),
        ("2026-05-01T12:00:00,1", "has no time zone"),
        ("2026-05-01T12:00:00Z,cheap", "'cheap' is no number"),
        ("2026-05-01T12:00:00Z,nan", "'nan' is no number"),
        ("2026-05-01T12:00:00Z", "has to be starts_at,price"),
        ("2026-05-01T12:00:00Z,1\n2026-05-01T14:00:00+02:00,2", "has a price already"),
    ],
)
def test_a_wrong_row_is_named(row: str, why: str) -> None:
    with pytest.raises(Failure) as caught:
        parsed(f"starts_at,price\n{row}")
    assert why in caught.value.errors[0].message


def test_a_price_holds_until_the_next_one_and_the_last_for_an_hour() -> None:
    points = [(NOON, 1.0), (NOON + timedelta(minutes=15), 2.0)]
    at = [NOON - timedelta(seconds=1), NOON, points[1][0], points[1][0] + LASTS]
    assert [price_at(points, one) for one in at] == [None, 1.0, 2.0, None]


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://", "//x", "https://a:b@x/", "https://x/\r\nHost: y", "http://x:y/"]
)
def test_an_address_that_could_never_be_fetched_is_refused(url: str) -> None:
    with pytest.raises(Failure) as caught:
        screen(url)
    assert caught.value.errors[0].path == "url"
