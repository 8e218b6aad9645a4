"""When a schedule is due: five fields, a zone, and the two nights a year that differ."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.jobs.timing import check_cron, check_zone, next_run, next_runs
from apps.kernel.errors import Code, Failure

BERLIN = "Europe/Berlin"
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.integers(0, 11 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
zones = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
)


@pytest.mark.parametrize("cron", ["* * * * *", "*/5 0-6 1,15 * 1-5", "0 0 29 2 *", "0 9 * * 1#1"])
def test_five_fields_are_taken(cron: str) -> None:
    check_cron(cron)


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "@daily", "61 * * * *", "* 25 * * *", "x" * 500, "0 0 31 4 *"]
)
def test_anything_else_is_explained(cron: str) -> None:
    with pytest.raises(Failure) as caught:
        check_cron(cron)
    assert caught.value.code is Code.INVALID
    assert caught.value.errors[0].path == "cron"
    assert "day-of-week" in (caught.value.errors[0].allowed or "")


def test_unknown_zone_is_explained() -> None:
    check_zone(BERLIN)
    with pytest.raises(Failure, match="'Europe/Berlin'"):
        check_zone("Europe/Berlni")
    with pytest.raises(Failure) as caught:
        check_zone("Qqqqqqqq")
    assert "mean" not in caught.value.detail


@given(moments, zones, st.integers(0, 23), st.integers(0, 59))
def test_runs_are_later_ordered_and_apart(
    start: datetime, zone: str, hour: int, minute: int
) -> None:
    runs = next_runs(f"{minute} {hour} * * *", zone, start, 6)
    assert len(runs) == 6
    assert all(run > start for run in runs)
    assert runs == sorted(set(runs))
    for one, two in pairwise(runs):
        # Samoa skipped a whole day before this range; no zone here skips one within it.
        assert timedelta(hours=22) <= two - one <= timedelta(hours=26)


@given(moments, zones, st.integers(0, 23), st.integers(0, 59))
def test_run_is_at_its_hour_but_for_the_gap(
    start: datetime, zone: str, hour: int, minute: int
) -> None:
    for run in next_runs(f"{minute} {hour} * * *", zone, start, 3):
        local = run.astimezone(ZoneInfo(zone))
        if (local.hour, local.minute) != (hour, minute):
            before = (run - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
            assert before.utcoffset() != local.utcoffset(), "only right after a gap"


@given(moments, zones)
def test_every_minute_is_every_minute(start: datetime, zone: str) -> None:
    runs = next_runs("* * * * *", zone, start, 90)
    assert runs[-1] - runs[0] == timedelta(minutes=89)


def test_skipped_time_runs_right_after_the_gap() -> None:
    # On 29 March 2026 Berlin went from 02:00 to 03:00 (01:00 UTC).
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    first, second = next_runs("30 2 * * *", BERLIN, start, 2)
    assert first == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert second == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_doubled_time_runs_once() -> None:
    # On 25 October 2026 Berlin had 02:30 twice (00:30 and 01:30 UTC).
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first, second = next_runs("30 2 * * *", BERLIN, start, 2)
    assert first in (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@given(moments, st.integers(0, 3600))
def test_jitter_moves_within_its_bound(start: datetime, jitter: int) -> None:
    plain = next_run("0 3 * * *", "UTC", start)
    moved = next_run("0 3 * * *", "UTC", start, jitter)
    assert plain is not None
    assert moved is not None
    assert timedelta(0) <= moved - plain <= timedelta(seconds=jitter)
