"""A change group behaves like a plain set that is compared in full, whatever the order."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from apps.qsys.simulator import kinds
from apps.qsys.simulator.control import Control
from apps.qsys.simulator.groups import Group

COUNT = 5
indices = st.integers(0, COUNT - 1)


class GroupMachine(RuleBasedStateMachine):
    """The group against a model that remembers what a client was told."""

    def __init__(self) -> None:
        super().__init__()
        self.controls = [
            Control("C", kinds.level(f"gain.{n}"), numbers=False) for n in range(COUNT)
        ]
        self.group = Group("g")
        self.other = Group("other")
        self.members: set[int] = set()
        self.pending: set[int] = set()

    @rule(n=indices)
    def add(self, n: int) -> None:
        self.group.add(self.controls[n])
        self.members.add(n)
        self.pending.add(n)

    @rule(n=indices)
    def add_elsewhere(self, n: int) -> None:
        self.other.add(self.controls[n])

    @rule(n=indices)
    def remove(self, n: int) -> None:
        self.group.remove(self.controls[n])
        self.members.discard(n)
        self.pending.discard(n)

    @rule(n=indices, value=st.integers(-100, 20))
    def change(self, n: int, value: int) -> None:
        changed = self.controls[n].value != value
        self.controls[n].settle(value)
        if changed and n in self.members:
            self.pending.add(n)

    @rule()
    def clear(self) -> None:
        self.group.clear()
        self.members.clear()
        self.pending.clear()

    @rule()
    def invalidate(self) -> None:
        self.group.invalidate()
        self.pending = set(self.members)

    @rule()
    def poll(self) -> None:
        told = {
            change["Name"]: change["Value"] for change in msgspec.json.decode(self.group.poll(0.0))
        }
        assert told == {f"gain.{n}": self.controls[n].value for n in self.pending}
        self.pending.clear()

    @invariant()
    def watched_once_by_each(self) -> None:
        for n, control in enumerate(self.controls):
            assert control.watchers.count(self.group) == (n in self.members)


TestGroup = GroupMachine.TestCase
TestGroup.settings = settings(max_examples=40, stateful_step_count=30)


def test_an_alias_wins_and_carries_no_component() -> None:
    control = Control("Lobby", kinds.level("gain"), numbers=False)
    group = Group("g")
    group.add(control)
    group.add(control, "LobbyGain")
    (change,) = msgspec.json.decode(group.poll(0))
    assert change["Name"] == "LobbyGain"
    assert "Component" not in change
    group.remove(control)
    assert control.watchers == []


def test_meters_are_told_when_they_move_and_when_asked_again() -> None:
    first, second = (Control("M", one, numbers=False) for one in kinds.meters("M", 2).controls)
    group = Group("g")

    def told(now: float) -> dict[str, float]:
        return {one["Name"]: one["Value"] for one in msgspec.json.decode(group.poll(now))}

    group.add(first)
    group.add(second, "Second")
    started = told(0.0)
    assert started.keys() == {"meter.1", "Second"}
    assert told(0.0) == {}
    moved = told(0.03)
    assert moved.keys() == started.keys()
    assert moved != started
    group.invalidate()
    assert told(0.03) == moved
    group.remove(first)
    assert told(0.06).keys() == {"Second"}
    group.clear()
    assert told(0.09) == {}


def test_what_a_group_tells_of_a_meter_is_what_a_look_at_it_tells() -> None:
    control = Control("M", kinds.meters("M", 1).controls[0], numbers=False)
    group = Group("g")
    group.add(control)
    for now in (0.0, 1.7, 2.9, 123_456.7):
        control.advance(now)
        shown = msgspec.to_builtins(control.rendered())
        assert msgspec.json.decode(group.poll(now)) == [{**shown, "Choices": []}]
