"""Thresholds are whole-number arithmetic: exact at the boundary, for every number of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from apps.fleet.models.rollout import MemberState as State
from apps.fleet.rollouts.rules import (
    CLASS_OF,
    GOOD,
    NEUTRAL,
    AbortRule,
    Bad,
    PhaseRules,
    Tally,
    is_enough,
    proves_nothing,
    tripped,
)
from apps.fleet.rollouts.shape import place_of_all, split
from apps.kernel.errors import Failure

STATES = st.lists(st.sampled_from(sorted(State)), max_size=60)


def tally(good: int = 0, bad: int = 0, queued: int = 0) -> Tally:
    return Tally.of([State.SUCCEEDED] * good + [State.FAILED] * bad + [State.QUEUED] * queued)


def test_every_state_of_a_member_counts_somewhere_once() -> None:
    open_states = {State.QUEUED, State.RUNNING}
    assert set(CLASS_OF) | GOOD | NEUTRAL | open_states == set(State)
    assert not set(CLASS_OF) & (GOOD | NEUTRAL | open_states)
    assert not GOOD & NEUTRAL


@given(STATES)
def test_a_tally_adds_up(states: list[State]) -> None:
    found = Tally.of(states)
    running = states.count(State.RUNNING)
    assert found.total == len(states)
    assert found.queued + running + found.good + found.neutral + found.bad[Bad.ANY] == len(states)
    assert sum(found.bad[one] for one in Bad if one is not Bad.ANY) == found.bad[Bad.ANY]


@given(st.integers(1, 99), st.integers(1, 500), st.data())
def test_a_percentage_trips_only_strictly_above_it(
    percent: int, done: int, data: st.DataObject
) -> None:
    bad = data.draw(st.integers(0, done))
    rule = AbortRule(percent=percent)
    assert tripped(rule, tally(done - bad, bad)) == (bad * 100 > percent * done)


@given(st.integers(1, 50), st.integers(0, 60))
def test_a_count_trips_at_it_and_asks_for_no_sample(count: int, bad: int) -> None:
    rule = AbortRule(count=count, min_sample=100_000)
    assert tripped(rule, tally(0, bad)) == (bad >= count)


def test_three_of_ten_is_not_above_thirty_percent() -> None:
    assert not tripped(AbortRule(percent=30), tally(7, 3))
    assert tripped(AbortRule(percent=29), tally(7, 3))
    assert tripped(AbortRule(percent=30), tally(6, 4))


def test_a_percentage_waits_for_its_sample() -> None:
    rule = AbortRule(percent=5, min_sample=20)
    assert not tripped(rule, tally(0, 19))
    assert tripped(rule, tally(18, 2))


def test_what_is_being_asked_counts_as_bad_and_not_as_good() -> None:
    asked = Tally.of([State.UNKNOWN, State.SUCCEEDED])
    assert tripped(AbortRule(what=Bad.UNKNOWN, count=1), asked)
    assert not is_enough(51, asked)
    assert not asked.is_over


@given(STATES, st.integers(0, 60))
def test_what_was_accepted_counts_no_more(states: list[State], tolerated: int) -> None:
    found = Tally.of(states)
    if tolerated >= found.bad[Bad.ANY]:
        assert not tripped(AbortRule(count=1), found, tolerated=tolerated)
    assert not tripped(AbortRule(percent=99), found, tolerated=found.bad[Bad.ANY])


@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_enough_is_a_share_of_those_that_were_meant(percent: int, good: int, bad: int) -> None:
    with_neutral = Tally.of(
        [State.SUCCEEDED] * good + [State.FAILED] * bad + [State.NOT_APPLICABLE] * 7
    )
    assert is_enough(percent, with_neutral) == (good * 100 >= percent * (good + bad))


def test_a_phase_of_devices_that_were_not_meant_proves_nothing() -> None:
    assert proves_nothing(Tally.of([State.NOT_APPLICABLE, State.CANCELLED]))
    assert not proves_nothing(tally(1))


@pytest.mark.parametrize("wrong", [{}, {"percent": 100}, {"percent": -1}, {"count": 0}])
def test_a_rule_that_says_nothing_or_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        AbortRule(**wrong)


@given(st.lists(st.integers(1, 100), max_size=4), st.integers(1, 300))
def test_every_device_is_in_exactly_one_phase(shares: list[int], count: int) -> None:
    rules = [PhaseRules(name="part", percent=one) for one in shares]
    devices = list(range(count))
    taken = sum(-(-one * count // 100) for one in shares)
    if taken >= count:
        with pytest.raises(Failure, match="would be empty"):
            split(devices, [*rules, PhaseRules(name="rest")])
        return
    parts = split(devices, [*rules, PhaseRules(name="rest")])
    assert [one for part in parts for one in part] == devices
    assert all(parts)


def test_devices_that_no_phase_takes_are_named() -> None:
    with pytest.raises(Failure, match="leaves 7 of 10 devices out"):
        split(range(10), [PhaseRules(name="a", size=3)])


def test_a_share_is_rounded_up() -> None:
    parts = split(range(11), [PhaseRules(name="a", percent=10), PhaseRules(name="b")])
    assert list(map(len, parts)) == [2, 9]


@pytest.mark.parametrize(
    ("paths", "place"),
    [
        (["/plant/hall-a/rack-1/"], "/plant/hall-a/rack-1/"),
        (["/plant/hall-a/", "/plant/hall-a/rack-1/"], "/plant/hall-a/"),
        (["/plant/hall-a/", "/plant/hall-ab/"], "/plant/"),
        (["/plant/", "/studio/"], "/"),
    ],
)
def test_the_place_of_all_holds_each_and_nothing_beside(paths: list[str], place: str) -> None:
    assert place_of_all(paths) == place
