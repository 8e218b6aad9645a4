from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.miners.firmware.health import (
    ENOUGH_PERCENT,
    UPTIME_SLACK,
    Snapshot,
    is_healthy,
    is_version,
)

START = datetime(2026, 11, 20, tzinfo=UTC)
BEFORE = Snapshot(
    version="2026-04-14-0-912d084c-26.04-plus",
    uid="u1",
    mac="02:00:00:00:00:01",
    serial="S1",
    model="Antminer S19J Pro",
    uptime_s=1_000,
    status="normal",
    terahash=100.0,
    watts=3_000,
    at=START.isoformat(),
)


def later(seconds: float, uptime: float) -> Snapshot:
    return replace(
        BEFORE, at=(START + timedelta(seconds=seconds)).isoformat(), uptime_s=int(uptime)
    )


@given(passed=st.floats(0, 10**6), late=st.floats(0, 1.9))
def test_a_miner_that_stayed_up_never_looks_restarted(passed: float, late: float) -> None:
    assert not later(passed + late, 1_000 + passed).has_restarted_since(BEFORE)


@given(passed=st.floats(0, 10**6), up=st.floats(0, 10**6))
def test_a_miner_that_restarted_always_shows_it(passed: float, up: float) -> None:
    """Up for less than since the first look, and it had been up long enough before."""
    assert later(passed, min(up, passed)).has_restarted_since(BEFORE)


@given(back=st.floats(1, 10**6))
def test_a_clock_that_went_back_invents_no_restart(back: float) -> None:
    assert not later(-back, 1_060).has_restarted_since(BEFORE)
    assert later(-back, 10).has_restarted_since(BEFORE)


def test_the_slack_is_no_restart() -> None:
    assert not later(100, 1_100 - UPTIME_SLACK).has_restarted_since(BEFORE)
    assert later(100, 1_100 - UPTIME_SLACK - 1).has_restarted_since(BEFORE)


@given(now=st.floats(0, 500), earlier=st.floats(0, 500))
def test_healthy_is_ninety_percent_of_before_and_never_nothing(now: float, earlier: float) -> None:
    snapshot = replace(BEFORE, terahash=now)
    well = is_healthy(snapshot, replace(BEFORE, terahash=earlier))
    assert well == (now > 0 and now * 100 >= earlier * ENOUGH_PERCENT)


def test_exactly_enough_is_enough() -> None:
    assert is_healthy(replace(BEFORE, terahash=90.0), BEFORE)
    assert not is_healthy(replace(BEFORE, terahash=89.999), BEFORE)


@pytest.mark.parametrize("status", ["paused", "suspended", "restricted", "not_started", "unknown"])
def test_only_a_miner_that_mines_normally_is_healthy(status: str) -> None:
    assert not is_healthy(replace(BEFORE, status=status), BEFORE)


def test_one_that_stood_still_before_has_to_hash_at_all() -> None:
    still = replace(BEFORE, terahash=0.0)
    assert is_healthy(replace(BEFORE, terahash=1.0), still)
    assert is_healthy(replace(BEFORE, terahash=1.0), None)
    assert not is_healthy(still, still)


@pytest.mark.parametrize(
    ("said", "wanted", "same"),
    [
        ("2026-04-14-0-912d084c-26.04-plus", "2026-04-14-0-912d084c-26.04-plus", True),
        ("2026-04-14-0-912d084c-26.04-plus", "26.04", True),
        ("2026-04-14-0-912d084c-26.04-plus", "26.04.1", False),
        ("2026-04-14-0-912d084c-26.04-plus", "2026-05-14-0-ffffffff-26.04-plus", False),
        ("2026-04-14-0-912d084c-26.04-plus", "nonsense", False),
        ("unreadable", "26.04", False),
    ],
)
def test_versions_are_compared_whole_or_by_release(said: str, wanted: str, same: bool) -> None:
    assert is_version(said, wanted) is same


def test_a_snapshot_comes_back_from_its_row_as_it_was() -> None:
    assert Snapshot.restored(BEFORE.stored()) == BEFORE


def test_a_miner_that_names_no_uid_is_taken_for_the_same() -> None:
    assert BEFORE.is_same_machine(replace(BEFORE, uid=""))
    assert not BEFORE.is_same_machine(replace(BEFORE, uid="u2"))
