"""Watches become at most four change groups, and each control belongs to one of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.models import Storage
from apps.qsys.poller import plan as planning
from apps.qsys.poller.plan import MOST_GROUPS, Found, Rule, compile_plan, named_wanted

GAIN = Found("Lobby Gain", "gain", "Float", "Read/Write")
METER = Found("Meters 1", "meter.1", "Float", "Read Only")
PRESS = Found("Lobby Gain", "stepper.increase", "Trigger", "Read/Write")


def test_the_fastest_matching_watch_counts() -> None:
    slow, fast = Rule("*", ("*",), 2.0), Rule("Lobby*", ("gain", "mute"), 33.0)
    plan = compile_plan([slow, fast], [GAIN, METER])
    assert {group.rate_hz: list(group.members) for group in plan.groups} == {
        33.0: [GAIN.path],
        2.0: [METER.path],
    }


def test_of_two_equally_fast_watches_the_finer_counts() -> None:
    coarse, fine = Rule("*", ("*",), 10.0, deadband=3.0), Rule("*", ("gain",), 10.0, deadband=0.5)
    (group,) = compile_plan([coarse, fine], [GAIN]).groups
    assert group.members[GAIN.path].deadband == 0.5


def test_what_cannot_be_read_is_not_watched() -> None:
    write_only = Found("Lobby Gain", "code", "Text", "Write Only")
    assert compile_plan([Rule("*", ("*",), 1.0)], [PRESS, write_only]).size == 0


def test_named_controls_have_a_group_of_their_own() -> None:
    rules = [Rule("", ("LobbyGain", "Night"), 5.0), Rule("*", ("*",), 5.0)]
    assert named_wanted(rules) == ["LobbyGain", "Night"]
    plan = compile_plan(rules, [GAIN, Found("", "LobbyGain")])
    groups = {group.id: (group.is_named, list(group.members)) for group in plan.groups}
    assert groups == {
        "cp-0": (False, [GAIN.path]),
        "named": (True, [("", "LobbyGain")]),
    }


def test_patterns_do_not_reach_named_controls() -> None:
    assert compile_plan([Rule("*", ("*",), 1.0)], [Found("", "LobbyGain")]).groups == []


def test_names_may_be_as_odd_as_people_make_them() -> None:
    odd = [Found("Bar/Café - Süd", "gain"), Found("Hall.1.Left", "gain"), Found("会議室 1", "gain")]
    (group,) = compile_plan([Rule("*", ("gain",), 33.0)], odd).groups
    assert group.by_component() == {one.component: ["gain"] for one in odd}


def test_too_many_controls_are_left_out_and_counted(monkeypatch) -> None:
    monkeypatch.setattr(planning, "MOST_CONTROLS", 3)
    found = [Found("Mixer", f"input.{n}.gain") for n in range(5)]
    plan = compile_plan([Rule("*", ("*",), 1.0)], found)
    assert (plan.size, plan.left_out) == (3, 2)


def test_read_only_numbers_are_telemetry_unless_a_watch_says_otherwise() -> None:
    auto, events = Rule("*", ("*",), 1.0), Rule("*", ("*",), 1.0, storage=Storage.EVENTS)
    kept = Rule("*", ("*",), 1.0, storage=Storage.TELEMETRY)
    status = Found("Core Status", "status", "Status", "Read Only")
    assert [auto.telemetry(one) for one in (GAIN, METER, status)] == [False, True, False]
    assert not events.telemetry(METER)
    assert kept.telemetry(GAIN)


FOUND = st.builds(
    Found,
    component=st.sampled_from(["", "A", "B", "C"]),
    name=st.sampled_from(["gain", "mute", "meter.1", "x"]),
)
RULES = st.builds(
    Rule,
    component=st.sampled_from(["", "*", "A", "[BC]"]),
    controls=st.lists(st.sampled_from(["*", "gain", "m*", "x"]), min_size=1).map(tuple),
    rate_hz=st.floats(0.01, 33.0),
)


@given(st.lists(RULES, max_size=12), st.lists(FOUND, unique=True, max_size=16))
def test_groups_are_few_and_no_control_is_polled_twice_or_slower_than_wanted(
    rules: list[Rule], found: list[Found]
) -> None:
    plan = compile_plan(rules, found)
    assert len(plan.groups) <= MOST_GROUPS
    paths = [path for group in plan.groups for path in group.members]
    assert len(paths) == len(set(paths)) == plan.size
    for group in plan.groups:
        for path, rule in group.members.items():
            assert group.is_named == (path[0] == "")
            assert group.rate_hz >= rule.rate_hz
    matched = {one.path for one in found if any(rule.matches(one) for rule in rules)}
    assert set(paths) == matched
