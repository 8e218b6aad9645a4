"""Firmware releases are read from real version strings and ordered as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.miners.client import Release, parse_release

releases = st.builds(Release, st.integers(20, 40), st.integers(1, 12), st.integers(0, 30))


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("2026-04-14-0-912d084c-26.04-plus", Release(26, 4)),
        ("2026-08-25-0-1a2b3c4d-26.08.1-plus", Release(26, 8, 1)),
        ("2022-09-13-0-11012d53-22.08-plus", Release(22, 8)),
        ("26.05", Release(26, 5)),
    ],
)
def test_real_strings_are_read(text: str, release: Release) -> None:
    assert parse_release(text) == release


@given(releases)
def test_a_release_is_read_back_from_its_text(release: Release) -> None:
    assert parse_release(f"2026-01-01-0-abcdef01-{release}-plus") == release


@given(releases, releases)
def test_order_is_that_of_the_numbers(one: Release, other: Release) -> None:
    numbers = [(r.year, r.month, r.patch) for r in (one, other)]
    assert (one < other) == (numbers[0] < numbers[1])


def test_ten_is_newer_than_nine() -> None:
    assert parse_release("26.10") > parse_release("26.9")
    assert parse_release("26.05.1") > parse_release("26.05")


@pytest.mark.parametrize("text", ["", "x.y.z", "2026-04-14", "26", "26.04.1.2"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"give one like 26\.08\.1"):
        parse_release(text)
