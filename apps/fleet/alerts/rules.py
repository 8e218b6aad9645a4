"""What a rule is: how a value is read of many devices at once, and when that is worth an alert.

Domains contribute plain tuples of rules; wiring hands them out by `install`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from apps.kernel.errors import Failure, invalid, nearest, not_found

LONGEST_SECONDS: Final = 86_400
#: Worst first.
RANK: Final = {"critical": 0, "warning": 1, "info": 2}


class Side(StrEnum):
    """On which side of its threshold a value is bad."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Seen:
    """A device in operation as its poller last saw it. `summary` is in the driver's words."""

    id: UUID
    tenant_id: UUID
    name: str
    kind: str
    site_path: str
    circuit: str
    liveness: str
    reason: str
    seen_at: datetime | None
    summary: Mapping[str, Any]

    @property
    def is_fresh(self) -> bool:
        """Whether it answers now, so that what it says may raise or clear something."""
        return self.liveness == "ok" and self.seen_at is not None


@dataclass(frozen=True, slots=True)
class Measured:
    """A value a rule read, of a device or (without one) of a place. Absent means not known.

    One that is `partial` (a sum of which parts are not known) may raise and never clears. `limit`
    is a threshold of its own, which counts instead of the rule's.
    """

    value: float
    read_at: datetime
    label: str
    site_path: str
    device_id: UUID | None = None
    subject: str = ""
    note: str = ""
    partial: bool = False
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a rule raises and clears. Values in the rule's unit, seconds for which they last."""

    raise_at: float
    clear_at: float
    raise_seconds: int
    clear_seconds: int
    severity: str
    enabled: bool = True

    def is_bad(self, value: float, side: Side) -> bool:
        """Whether a value is at or past the threshold that raises."""
        return value >= self.raise_at if side is Side.ABOVE else value <= self.raise_at

    def is_good(self, value: float, side: Side) -> bool:
        """Whether a value is past the threshold that clears; between the two, nothing moves."""
        return value < self.clear_at if side is Side.ABOVE else value > self.clear_at


Read = Callable[[Sequence[Seen], datetime], Iterable[Measured]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of alert.

    `read` gets all devices of `kind` (blank: of every kind) of one tenant, silent ones too, and
    answers what it knows of now: a value it leaves out neither raises nor clears. `title` is
    read after a name or a number ("miner-7 too hot", "12 miners too hot"). `least` and `most`
    bound the thresholds. While an alert of a rule that `mutes` is open, nobody is told of others
    of the same device, or, without a device, of anything at its place and below.
    """

    name: str
    kind: str
    title: str
    summary: str
    unit: str
    side: Side
    usual: Thresholds
    read: Read = field(repr=False)
    least: float = 0.0
    most: float = 1e9
    mutes: bool = False

    def check(self, wanted: Thresholds) -> None:
        """Raises `invalid` for thresholds that could not work, naming the field and what can."""
        for name in ("raise_at", "clear_at"):
            if not self.least <= getattr(wanted, name) <= self.most:
                raise invalid(name, f"is from {self.least:g} to {self.most:g} {self.unit}".rstrip())
        for name in ("raise_seconds", "clear_seconds"):
            if not 0 <= getattr(wanted, name) <= LONGEST_SECONDS:
                raise invalid(name, f"is from 0 to {LONGEST_SECONDS} seconds")
        if self.side is Side.ABOVE and wanted.clear_at > wanted.raise_at:
            raise invalid("clear_at", "is at most raise_at, or the alert would come and go")
        if self.side is Side.BELOW and wanted.clear_at < wanted.raise_at:
            raise invalid("clear_at", "is at least raise_at, or the alert would come and go")


@dataclass(frozen=True, slots=True)
class Mute:
    """A reason for which nobody is told, contributed by whatever disturbs devices on purpose.

    `devices` answers which of one tenant's devices it covers now, each with its words. `rules`
    are those it explains; empty is all.
    """

    name: str
    devices: Callable[[UUID], Mapping[UUID, str]]
    rules: frozenset[str] = frozenset()

    def covers(self, rule: str) -> bool:
        """Whether it explains alerts of this rule."""
        return not self.rules or rule in self.rules


_rules: dict[str, Rule] = {}
_mutes: list[Mute] = []


def install(rules: Iterable[Rule], mutes: Iterable[Mute] = ()) -> None:
    """Hand out the rules and reasons to mute; raises ValueError for a name given twice."""
    found: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in found:
            raise ValueError(f"alert rule {rule.name} is there twice")
        try:
            rule.check(rule.usual)
        except Failure as failure:
            raise ValueError(f"alert rule {rule.name}: {failure.detail}") from None
        found[rule.name] = rule
    _rules.clear()
    _rules.update(found)
    _mutes[:] = mutes


def installed() -> tuple[Rule, ...]:
    """Every rule, by name."""
    return tuple(_rules[name] for name in sorted(_rules))


def mutes() -> tuple[Mute, ...]:
    """Every reason to mute."""
    return tuple(_mutes)


def rule_get(name: str) -> Rule:
    """One rule; raises `not_found` with the nearest name."""
    found = _rules.get(name)
    if found is None:
        raise not_found("rule", name, guess=nearest(name, sorted(_rules)))
    return found


def title_of(name: str) -> str:
    """What an alert of this rule is called; its name for a rule that is gone."""
    return _rules[name].title if name in _rules else name


def from_summary(key: str, note: str = "") -> Read:
    """Reads a number that pollers keep in a device's summary; devices without it are left out.

    `note` may name keys of the summary in braces.
    """

    def read(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
        for one in devices:
            value = one.summary.get(key)
            if one.is_fresh and isinstance(value, int | float):
                yield of(one, float(value), note.format_map(one.summary) if note else "")

    return read


def of(device: Seen, value: float, note: str = "", subject: str = "") -> Measured:
    """A value of one device, as old as the device's reading."""
    return Measured(
        value=value,
        read_at=device.seen_at,  # type: ignore[arg-type]  # whoever was never seen is left out
        label=device.name,
        site_path=device.site_path,
        device_id=device.id,
        subject=subject,
        note=note[:300],
    )
