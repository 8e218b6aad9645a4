"""Which miners a curtailment takes: enough and no more, the least efficient first."""

from dataclasses import dataclass
from math import inf
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.miners.curtail.choice import Candidate, choose, idle_watts, paced, ranked, release

miners = st.lists(
    st.builds(
        Candidate,
        id=st.uuids(),
        watts=st.integers(0, 8_000),
        joule_per_terahash=st.just(inf) | st.floats(10, 60).map(lambda one: round(one, 1)),
    ),
    max_size=40,
    unique_by=lambda one: one.id,
)
needs = st.integers(-20_000, 120_000)
tolerances = st.integers(0, 10_000)


def saved(chosen: list[Candidate]) -> int:
    return sum(one.shed_watts for one in chosen)


@given(miners, needs, tolerances)
def test_enough_is_saved_or_everything_is_taken(
    there: list[Candidate], need: int, tolerance: int
) -> None:
    chosen = choose(there, need, tolerance)
    everything = sum(one.shed_watts for one in there)
    assert saved(chosen) >= min(need, everything) - tolerance


@given(miners, needs, tolerances)
def test_no_more_than_needed_within_the_tolerance(
    there: list[Candidate], need: int, tolerance: int
) -> None:
    chosen = choose(there, need, tolerance)
    assert not chosen or saved(chosen[:-1]) < need - tolerance
    assert need > tolerance or not chosen


@given(miners, needs, tolerances)
def test_whoever_is_left_is_at_least_as_efficient(
    there: list[Candidate], need: int, tolerance: int
) -> None:
    chosen = choose(there, need, tolerance)
    left = [one for one in there if one not in chosen and one.shed_watts > 0]
    if chosen and left:
        worst_left = max(one.joule_per_terahash for one in left)
        assert min(one.joule_per_terahash for one in chosen) >= worst_left


@given(miners, needs, tolerances, st.randoms())
def test_the_order_they_come_in_does_not_matter(
    there: list[Candidate], need: int, tolerance: int, random: Random
) -> None:
    mixed = list(there)
    random.shuffle(mixed)
    assert choose(mixed, need, tolerance) == choose(there, need, tolerance)


@given(miners, st.integers(-1_000, 60_000))
def test_a_release_fits_and_begins_with_the_most_efficient(
    paused: list[Candidate], surplus: int
) -> None:
    released = release(paused, surplus)
    assert not released or saved(released) <= surplus
    best_first = list(reversed(ranked(paused)))
    assert released == best_first[: len(released)]


def test_a_miner_that_yields_nothing_goes_first() -> None:
    good = Candidate(UUID(int=1), 3_000, 30.0)
    dead = Candidate(UUID(int=2), 2_000, inf)
    assert choose([good, dead], 1_500) == [dead]
    assert idle_watts(3_001) == 61


@dataclass(frozen=True)
class Switch:
    circuit: str
    watts: int


switches = st.lists(
    st.builds(Switch, circuit=st.sampled_from("ab"), watts=st.integers(0, 5_000)), max_size=30
)


@given(switches, switches, st.integers(1, 5), st.none() | st.integers(1, 12_000))
def test_a_circuit_bears_so_much_a_minute(
    waiting: list[Switch], recent: list[Switch], most: int, watts: int | None
) -> None:
    allowed = paced(waiting, recent, miners_per_minute=most, watts_per_minute=watts)
    for circuit in "ab":
        before = [one for one in recent if one.circuit == circuit]
        now = [one for one in allowed if one.circuit == circuit]
        assert not now or len(before) + len(now) <= most
        total = sum(one.watts for one in (*before, *now))
        if watts is not None and now:
            assert total <= watts or (not before and len(now) == 1)
    remaining = iter(waiting)
    assert all(any(one is each for each in remaining) for one in allowed)


def test_an_empty_circuit_takes_one_that_is_too_large_for_its_pace() -> None:
    large = Switch("a", 9_000)
    assert paced([large, large], [], miners_per_minute=9, watts_per_minute=5_000) == [large]
