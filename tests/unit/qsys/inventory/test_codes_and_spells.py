"""The six codes are read off whatever a Core says, and spells of them follow one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.inventory.codes import CODES, RANK, WORDS, code_of, worded, worst
from apps.qsys.inventory.spells import Said, run_on
from apps.qsys.models import StatusCode

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
CODE = st.sampled_from(sorted(WORDS))
SAID = st.builds(
    Said,
    st.integers(-60, 600).map(lambda s: NOON + timedelta(seconds=s)),
    CODE,
    st.sampled_from(("", "a", "b")),
)


@pytest.mark.parametrize(
    ("number", "text", "wanted"),
    [
        (2.0, "Fault - fan", 2),
        (0.0, "OK", 0),
        (None, "Not Present", 3),
        (None, "Absent - since Monday", 3),
        (None, "MISSING", 4),
        (None, "Compromised - 3 of 4", 1),
        (None, "Stopped", None),
        (7.0, "Offline", None),
        (0.5, "OK", None),
        (float("nan"), "OK", None),
        (float("inf"), "", None),
    ],
)
def test_a_code_is_read_by_value_or_by_its_first_words(
    number: float | None, text: str, wanted: int | None
) -> None:
    assert code_of(number, text) == wanted


@given(st.none() | st.floats(), st.text())
def test_nothing_but_the_six_is_ever_read(number: float | None, text: str) -> None:
    assert code_of(number, text) in {None, *map(int, StatusCode)}


@given(st.lists(CODE))
def test_the_worst_is_one_of_them_and_no_other_is_worse(codes: list[int]) -> None:
    found = worst(codes)
    assert found in codes or (not codes and found == StatusCode.OK)
    assert all(RANK[found] <= RANK[one] for one in codes)


def test_words_and_codes_are_the_same_six_the_worst_first() -> None:
    assert list(worded({2: 3})) == [
        "fault", "missing", "compromised", "initializing", "not_present", "ok",
    ]  # fmt: skip
    assert worded({2: 3})["fault"] == 3
    assert {CODES[word] for word in worded({})} == set(map(int, StatusCode))


@given(CODE, st.lists(SAID, max_size=12))
def test_spells_follow_one_another_without_gap_and_each_is_another_status(
    code: int, news: list[Said]
) -> None:
    run = run_on(Said(NOON, code), news)
    assert (run[0].at, run[0].code) == (NOON, code)
    assert all(one.at <= other.at for one, other in pairwise(run))
    assert all(one.code != other.code for one, other in pairwise(run))
    if news:
        newest = sorted(news, key=lambda one: one.at)[-1]
        assert run[-1].code == newest.code
