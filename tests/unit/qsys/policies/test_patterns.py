"""Patterns cover names as shells do, case ignored; two that could meet are known to."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.policies.patterns import covers, overlap

PATTERNS = st.text(alphabet="ab.*?", max_size=7)
NAMES = st.text(alphabet="ab.", max_size=7)


@pytest.mark.parametrize(
    ("pattern", "name", "is_covered"),
    [
        ("Master*", "MASTER Gain", True),
        ("load.[12]", "load.2", True),
        ("load.[12]", "load.3", False),
        ("zone.?.gain", "zone.12.gain", False),
        ("Größe/*", "größe/1", True),
    ],
)
def test_a_pattern_covers_as_a_shell_would(pattern: str, name: str, is_covered: bool) -> None:
    assert covers(pattern, name) is is_covered


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("input.*.gain", "input.1.*", True),
        ("output.*", "input.*.gain", False),
        ("*.mute", "input.*.gain", False),
        ("*", "input.*.output.*.mute", True),
        ("input.[12].gain", "input.*.gain", True),
        ("in[put", "in[put", True),
        ("", "*", True),
        ("", "?", False),
    ],
)
def test_patterns_that_could_meet_are_known_to(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet
    assert overlap(other, one) is meet


@given(PATTERNS, PATTERNS, NAMES)
def test_a_name_that_both_cover_is_never_overlooked(one: str, other: str, name: str) -> None:
    if covers(one, name) and covers(other, name):
        assert overlap(one, other)


@given(PATTERNS, NAMES)
def test_a_plain_name_meets_exactly_what_covers_it(pattern: str, name: str) -> None:
    assert overlap(pattern, name) is fnmatchcase(name, pattern)
