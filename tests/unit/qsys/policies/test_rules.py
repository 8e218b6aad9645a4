"""A write is judged by every policy that covers it, and the strictest wins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.policies.rules import Rule, Write, breaches, covers, wants_second_person

LEVELS = st.floats(-100, 20).map(lambda one: round(one, 2))


def rule(name: str = "House", **members: Any) -> Rule:
    return Rule(UUID(int=1), name, **members)


def level(asked: float | None, before: float | None = -20.0, control: str = "gain") -> Write:
    return Write("Lobby Gain", control, number=True, asked=asked, before=before)


def whys(write: Write, *rules: Rule, reason: str = "") -> list[str]:
    return [one.why for one in breaches(rules, [write], reason=reason)]


@pytest.mark.parametrize(
    ("component", "write", "is_covered"),
    [
        ("*", Write("Lobby Gain", "gain"), True),
        ("*", Write("", "LobbyGain"), True),
        ("", Write("", "LobbyGain"), True),
        ("", Write("Lobby Gain", "gain"), False),
        ("lobby*", Write("Lobby Gain", "gain"), True),
        ("lobby*", Write("", "LobbyGain"), False),
    ],
)
def test_named_controls_are_meant_by_a_blank_and_by_a_star(
    component: str, write: Write, is_covered: bool
) -> None:
    assert covers(rule(component=component), write) is is_covered


def test_a_vague_write_meets_what_it_could_be() -> None:
    write = Write("Mixer", "input.*.gain", vague=True)
    assert covers(rule(controls=("input.3.*",)), write)
    assert not covers(rule(controls=("output.*",)), write)


def test_what_is_protected_may_not_be_written_at_all() -> None:
    assert whys(level(-20), rule(protected=True)) == ["it is protected"]
    assert whys(level(-20), rule(protected=True, lock=True)) == ["it is locked"]


def test_a_switch_knows_neither_step_nor_range() -> None:
    write = Write("Lobby Gain", "mute")
    assert whys(write, rule(max_step=0, minimum=-3, maximum=-2)) == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_one_with_words(reason: str) -> None:
    asked = rule(require_reason=True)
    assert "needs a reason" in whys(level(-20), asked, reason=reason)[0]
    assert whys(level(-20), asked, reason="sound check") == []


def test_what_cannot_be_told_is_refused() -> None:
    assert "give a value" in whys(level(None), rule(maximum=0))[0]
    assert "give a value" in whys(level(None), rule(max_step=6))[0]
    assert "cannot be read" in whys(level(-20, before=None), rule(max_step=6))[0]


def test_a_step_says_how_far_it_may_go() -> None:
    assert "is to -14, not to 0" in whys(level(0), rule(max_step=6))[0]
    assert "is to -26, not to -60" in whys(level(-60), rule(max_step=6))[0]


@given(LEVELS, LEVELS, st.floats(0, 60))
def test_a_step_is_allowed_exactly_up_to_the_limit(
    before: float, asked: float, most: float
) -> None:
    refused = bool(whys(level(asked, before), rule(max_step=most)))
    assert refused is (abs(asked - before) > most + 1e-3)


@given(LEVELS, LEVELS, LEVELS)
def test_a_value_is_allowed_exactly_within_its_range(one: float, other: float, at: float) -> None:
    low, high = sorted((one, other))
    refused = bool(whys(level(at), rule(minimum=low, maximum=high)))
    assert refused is not (low - 1e-3 <= at <= high + 1e-3)


@given(LEVELS, LEVELS, st.lists(st.floats(0, 40), min_size=1, max_size=4))
def test_the_smallest_of_several_steps_decides(
    before: float, asked: float, steps: list[float]
) -> None:
    rules = [rule(f"step {most}", max_step=most) for most in steps]
    together = bool(whys(level(asked, before), *rules))
    assert together is bool(whys(level(asked, before), rule(max_step=min(steps))))


def test_a_lock_is_told_before_policies() -> None:
    found = breaches(
        [rule("A", protected=True), rule("Z", protected=True, lock=True)],
        [level(0)],
        reason="",
    )
    assert [one.rule.name for one in found] == ["Z", "A"]


def test_a_second_person_is_wanted_only_where_the_policy_covers() -> None:
    wanting = rule(controls=("gain",), second_person=True)
    assert wants_second_person([wanting], [level(0)]) == [wanting]
    assert wants_second_person([wanting], [level(0, control="mute")]) == []
    assert whys(level(0), wanting) == []
