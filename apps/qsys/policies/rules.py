"""Judging a write by policies, as plain data: all that cover it must agree, the strictest wins."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from apps.kernel.windows import Hours
from apps.qsys.policies import patterns

#: Values come as 32-bit floats: this much beyond a limit is rounding.
ROUNDING: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy as it is judged by. `unless` is a permission, for the words alone."""

    id: UUID
    name: str
    component: str = "*"
    controls: tuple[str, ...] = ("*",)
    note: str = ""
    protected: bool = False
    max_step: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    require_reason: bool = False
    second_person: bool = False
    unless: str = ""
    lock: bool = False
    hours: Hours = field(default_factory=Hours)


@dataclass(frozen=True, slots=True)
class Write:
    """One control that a call would write. A blank component is a named control.

    `number` says that the control is one that limits can be put to; `asked` is then what it
    would become and `before` what it is, in its own unit, None where that cannot be told. With
    `vague`, `control` is a pattern that the control lies within.
    """

    component: str
    control: str
    number: bool = False
    asked: float | None = None
    before: float | None = None
    vague: bool = False

    @property
    def where(self) -> str:
        """The control in words."""
        return f"{self.component} / {self.control}" if self.component else self.control


@dataclass(frozen=True, slots=True)
class Breach:
    """A write that a policy does not allow, and what it says against it."""

    rule: Rule
    write: Write
    why: str


def covers(rule: Rule, write: Write) -> bool:
    """Whether a policy is about a control."""
    if not rule.component or not write.component:
        # A bare star means everything, named controls too; any other pattern means Code Names.
        if rule.component not in (write.component, "*"):
            return False
    elif not patterns.covers(rule.component, write.component):
        return False
    fits = patterns.overlap if write.vague else patterns.covers
    return any(fits(one, write.control) for one in rule.controls)


def in_force(rules: Iterable[Rule], now: datetime) -> list[Rule]:
    """Those whose hours these are."""
    return [one for one in rules if one.hours.hold(now)]


def breaches(rules: Iterable[Rule], writes: Iterable[Write], *, reason: str) -> list[Breach]:
    """What stands against the writes, locks first. `rules` are those in force for the caller."""
    ranked = sorted(rules, key=lambda rule: (not rule.lock, rule.name))
    found = list(writes)
    return [
        Breach(rule, write, why)
        for rule in ranked
        for write in found
        if covers(rule, write) and (why := _against(rule, write, reason))
    ]


def wants_second_person(rules: Iterable[Rule], writes: Iterable[Write]) -> list[Rule]:
    """The policies that let one of the writes through only after a second person's word."""
    found = list(writes)
    return [one for one in rules if one.second_person and any(covers(one, w) for w in found)]


def _against(rule: Rule, write: Write, reason: str) -> str:
    """What a policy that covers a write says against it; nothing when it agrees."""
    if rule.protected:
        return "it is locked" if rule.lock else "it is protected"
    if rule.require_reason and not reason.strip():
        return "a change of it needs a reason, and none was given"
    if not write.number:
        return ""
    return _out_of_range(rule, write) or _too_far(rule, write)


def _out_of_range(rule: Rule, write: Write) -> str:
    low, high = rule.minimum, rule.maximum
    if low is None and high is None:
        return ""
    allowed = _range_words(low, high)
    if write.asked is None:
        return f"it may be {allowed}, and what it would become cannot be told; give a value"
    below = low is not None and write.asked < low - ROUNDING
    above = high is not None and write.asked > high + ROUNDING
    return f"it may be {allowed}, and {write.asked:g} is not" if below or above else ""


def _too_far(rule: Rule, write: Write) -> str:
    if rule.max_step is None:
        return ""
    allowed = f"it may move by {rule.max_step:g} at once, with a ramp too"
    if write.asked is None:
        return f"{allowed}, and what it would become cannot be told; give a value"
    if write.before is None:
        return f"{allowed}, and what it is now cannot be read"
    step = abs(write.asked - write.before)
    if step <= rule.max_step + ROUNDING:
        return ""
    sign = 1 if write.asked > write.before else -1
    nearest = write.before + sign * rule.max_step
    return f"{allowed}; from {write.before:g} that is to {nearest:g}, not to {write.asked:g}"


def _range_words(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
