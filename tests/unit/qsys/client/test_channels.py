"""Channel strings: our reading and the simulated Core's agree, and what is wrong is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.client import channels
from apps.qsys.simulator.channels import expand

EIGHT = list(range(1, 9))
number = st.integers(1, 8)
span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
body = st.one_of(number.map(str), span, st.just("*"))
term = st.tuples(st.sampled_from(["", "!"]), body).map("".join)
text = st.lists(term, min_size=1, max_size=8).flatmap(
    lambda terms: st.sampled_from([" ", ",", ", "]).map(lambda mark: mark.join(terms))
)


@given(text)
def test_a_string_means_to_us_what_it_means_to_the_core(string: str) -> None:
    assert channels.chosen(string, EIGHT) == expand(string, EIGHT)


@pytest.mark.parametrize(
    ("string", "named"),
    [
        ("1 2 3", [1, 2, 3]),
        ("1-6 8", [1, 2, 3, 4, 5, 6, 8]),
        ("*", EIGHT),
        ("* !3-5", [1, 2, 6, 7, 8]),
        ("!3-5 *", EIGHT),
        ("2,4", [2, 4]),
        ("!3", []),
    ],
)
def test_documented_forms(string: str, named: list[int]) -> None:
    assert channels.chosen(string, EIGHT) == named


@pytest.mark.parametrize(
    ("string", "words"),
    [
        ("", "at least one channel"),
        (" , ", "at least one channel"),
        ("one", "'one' is no channel"),
        ("1..3", "is no channel"),
        ("0", "counts from 1"),
        ("6-2", "counts from 1 upwards"),
        ("-3", "is no channel"),
    ],
)
def test_what_no_core_could_read_is_refused_with_a_sentence(string: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        channels.parse(string)
