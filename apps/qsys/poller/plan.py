"""Which controls a Core is asked for, in which change group, how often: from its watches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from apps.qsys.models import Storage

Path = tuple[str, str]
"""Component (blank for a named control) and control."""

#: Change groups that one connection may have.
MOST_GROUPS: Final = 4
#: Controls of one Core that are watched; the rest are counted.
MOST_CONTROLS: Final = 20_000
#: Types without a value that could be read.
SILENT_TYPES: Final = frozenset({"Trigger", "State Trigger"})
#: Read-only ones of these types are telemetry unless a watch says otherwise.
MEASURED_TYPES: Final = frozenset({"Float", "Time"})
NAMED: Final = "named"


@dataclass(frozen=True, slots=True)
class Found:
    """A control as the Core lists it. A blank component is a named control."""

    component: str
    name: str
    type: str = ""
    direction: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def path(self) -> Path:
        """Component and name."""
        return (self.component, self.name)

    @property
    def readable(self) -> bool:
        """Whether polls can tell its value."""
        return self.type not in SILENT_TYPES and self.direction != "Write Only"

    @property
    def measured(self) -> bool:
        """Whether it is a meter by nature."""
        return self.type in MEASURED_TYPES and self.direction == "Read Only"


@dataclass(frozen=True, slots=True)
class Rule:
    """A watch, as data."""

    component: str
    controls: tuple[str, ...]
    rate_hz: float
    deadband: float = 0.0
    every_tick: bool = False
    storage: str = Storage.AUTO

    def matches(self, found: Found) -> bool:
        """Whether the patterns cover a control."""
        if not found.component or not self.component:
            return found.component == self.component and found.name in self.controls
        return fnmatchcase(found.component, self.component) and any(
            fnmatchcase(found.name, one) for one in self.controls
        )

    def telemetry(self, found: Found) -> bool:
        """Whether a control's values are kept as samples."""
        if self.storage == Storage.AUTO:
            return found.measured
        return self.storage == Storage.TELEMETRY


@dataclass(slots=True)
class GroupPlan:
    """One change group: its id, its rate, its controls with the rule that chose each."""

    id: str
    rate_hz: float
    members: dict[Path, Rule] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Whether it holds named controls, which are added another way."""
        return self.id == NAMED

    def by_component(self) -> dict[str, list[str]]:
        """Names of controls by component, as they are added."""
        found: dict[str, list[str]] = {}
        for component, name in self.members:
            found.setdefault(component, []).append(name)
        return found


@dataclass(slots=True)
class Plan:
    """All groups of one Core, and how many controls had no room."""

    groups: list[GroupPlan]
    left_out: int = 0

    @property
    def size(self) -> int:
        """How many controls are watched."""
        return sum(len(group.members) for group in self.groups)


def named_wanted(rules: Iterable[Rule]) -> list[str]:
    """Names of named controls that rules ask for; a Core cannot list them."""
    return sorted({name for rule in rules if not rule.component for name in rule.controls})


def compile_plan(rules: Sequence[Rule], found: Iterable[Found], *, most: int = MOST_GROUPS) -> Plan:
    """At most so many groups, one of them for named controls, each at the fastest rate in it.

    A control belongs to the fastest rule that matches it, and to one group only.
    """
    ranked = sorted(rules, key=lambda rule: (-rule.rate_hz, rule.deadband))
    chosen: dict[Path, Rule] = {}
    left_out = 0
    for one in found:
        rule = next((rule for rule in ranked if rule.matches(one)), None)
        if rule is None or not one.readable:
            continue
        if len(chosen) >= MOST_CONTROLS:
            left_out += 1
            continue
        chosen[one.path] = rule
    named = {path: rule for path, rule in chosen.items() if not path[0]}
    listed = {path: rule for path, rule in chosen.items() if path[0]}
    groups = _by_rate(listed, most - 1 if named else most)
    if named:
        rate = max(rule.rate_hz for rule in named.values())
        groups.append(GroupPlan(NAMED, rate, named))
    return Plan(groups, left_out)


def _by_rate(chosen: dict[Path, Rule], most: int) -> list[GroupPlan]:
    """A group a rate; where there are too many rates, the slowest share the last group."""
    rates = sorted({rule.rate_hz for rule in chosen.values()}, reverse=True)
    tiers = {rate: min(number, most - 1) for number, rate in enumerate(rates)}
    groups = [GroupPlan(f"cp-{tier}", rate) for tier, rate in enumerate(rates[:most])]
    for path, rule in chosen.items():
        groups[tiers[rule.rate_hz]].members[path] = rule
    return groups
