"""Windows are hours of a place's own week, and stay so when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kernel.windows import DAYS, Hours, Window, parse

PRAGUE = "Europe/Prague"
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(*texts: str, zone: str = PRAGUE, outside: bool = False) -> Hours:
    return Hours(tuple(map(parse, texts)), zone, outside)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("mon-fri 20:00-23:30", Window(frozenset(range(5)), time(20), time(23, 30))),
        ("sat,sun 00:00-24:00", Window(frozenset({5, 6}), time(), time())),
        ("Fri-Mon 22:00-06:00", Window(frozenset({4, 5, 6, 0}), time(22), time(6))),
        ("daily 01:00-02:00", Window(frozenset(range(7)), time(1), time(2))),
    ],
)
def test_a_window_is_written_as_people_do(text: str, window: Window) -> None:
    assert parse(text) == window


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("evenings", "write days and hours"),
        ("mon 8-9", "write days and hours"),
        ("moon 08:00-09:00", "'moon' is no day"),
        ("mon-fra 08:00-09:00", "is no day"),
        ("mon 08:00-25:00", "no time of the day"),
        ("mon 08:61-09:00", "no time of the day"),
        ("", "write days and hours"),
    ],
)
def test_what_is_no_window_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_hours_without_windows_hold_for_ever() -> None:
    assert Hours().hold(at("2026-06-01T12:00"))
    assert Hours().free_at(at("2026-06-01T12:00")) is None


def test_an_evening_holds_in_the_places_own_time() -> None:
    show = hours("mon-fri 20:00-23:00")
    assert not show.hold(at("2026-06-01T17:59"))
    assert show.hold(at("2026-06-01T18:00"))
    assert show.free_at(at("2026-06-01T18:00")) == at("2026-06-01T21:00")
    assert not show.hold(at("2026-06-01T21:00"))
    assert not show.hold(at("2026-06-06T19:00"))


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    friday = hours("fri 22:00-04:00")
    assert friday.hold(at("2026-06-06T01:00"))
    assert not friday.hold(at("2026-06-07T01:00"))


def test_windows_that_touch_are_one() -> None:
    weekend = hours("sat,sun 00:00-24:00", "mon 00:00-06:00")
    assert weekend.free_at(at("2026-06-06T10:00")) == at("2026-06-08T04:00")


def test_all_week_is_never_over() -> None:
    assert hours("daily 00:00-24:00").free_at(at("2026-06-06T10:00")) is None


def test_outside_of_a_window_holds_until_it_opens() -> None:
    service = hours("sun 02:00-05:00", outside=True)
    assert service.hold(at("2026-06-06T12:00"))
    assert service.free_at(at("2026-06-06T12:00")) == at("2026-06-07T00:00")
    assert not service.hold(at("2026-06-07T01:00"))


@pytest.mark.parametrize("outside", [False, True])
def test_an_hour_that_comes_twice_is_in_force_both_times(outside: bool) -> None:
    """At 03:00 on 25 October 2026 the clocks of Prague go back to 02:00 (01:00 UTC)."""
    window = "sun 01:00-02:30" if not outside else "sun 02:30-05:00"
    found = hours(window, outside=outside)
    assert found.hold(at("2026-10-25T00:45"))
    assert found.hold(at("2026-10-25T01:15"))
    assert not found.hold(at("2026-10-25T01:30"))


def test_an_end_that_never_comes_is_put_off() -> None:
    """At 02:00 on 29 March 2026 the clocks of Prague go on to 03:00 (01:00 UTC)."""
    found = hours("sun 01:00-02:30")
    assert found.hold(at("2026-03-29T01:15"))
    assert found.free_at(at("2026-03-29T00:30")) == at("2026-03-29T01:30")


WINDOWS = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
ZONES = st.sampled_from([PRAGUE, "America/New_York", "Australia/Lord_Howe", "UTC"])
#: Around the changes of these zones, and elsewhere.
MOMENTS = st.integers(0, 260 * 24 * 60).map(lambda n: at("2026-03-01T00:00") + n * MINUTE)


@settings(max_examples=60, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=3), ZONES, st.booleans(), MOMENTS)
def test_the_end_is_the_first_minute_that_is_free(
    windows: list[Window], zone: str, outside: bool, now: datetime
) -> None:
    found = Hours(tuple(windows), zone, outside)
    free = found.free_at(now)
    if free is None:
        assert all(found.hold(now + number * timedelta(hours=1)) for number in range(168))
        return
    assert not found.hold(free)
    steps = min((free - now) // MINUTE, 600)
    assert all(found.hold(now + number * MINUTE) for number in range(steps))
    if free > now:
        assert found.hold(free - MINUTE)


@settings(max_examples=60, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=3), ZONES, MOMENTS)
def test_every_instant_is_inside_or_outside_and_both_only_where_clocks_change(
    windows: list[Window], zone: str, now: datetime
) -> None:
    inside = Hours(tuple(windows), zone)
    outside = Hours(tuple(windows), zone, outside=True)
    assert inside.hold(now) or outside.hold(now)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_are_read_in_any_order(days: frozenset[int]) -> None:
    text = ",".join(DAYS[day] for day in sorted(days, reverse=True))
    assert parse(f"{text} 08:00-09:00").days == days
