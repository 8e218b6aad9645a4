"""What the poller keeps in memory of each control, and what counts as a change of it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from apps.qsys.client import Change as WireChange
from apps.qsys.poller.plan import Found, Path, Rule

LONGEST_TEXT: Final = 4_000
_SINGLE_MOST: Final = 3.4e38


Reading = tuple[float | None, str, float | None]
"""Number, text and position."""


@dataclass(slots=True)
class Slot:
    """One watched control. `number`, `string`, `position` are what was last recorded of it.

    `seen` is what the Core last said, deadband or not.
    """

    id: int
    component: str
    name: str
    boolean: bool = False
    telemetry: bool = False
    deadband: float = 0.0
    every_tick: bool = False
    known: bool = False
    number: float | None = None
    string: str = ""
    position: float | None = None
    seen: Reading | None = None
    seen_us: int = 0
    """When `seen` was first said, microseconds since 1970."""

    def differs(self, number: float | None, string: str) -> bool:
        """Whether a reading lies outside the deadband around what was last recorded.

        The distance is measured from the record, so that slow drift is recorded too.
        """
        if not self.known:
            return True
        if number is None or self.number is None:
            return number is not self.number or string != self.string
        if number == self.number:
            return self.deadband == 0 and string != self.string
        return abs(number - self.number) > self.deadband

    def obey(self, rule: Rule, found: Found) -> None:
        """Take over what a watch says of this control, and what the Core says of its nature."""
        self.telemetry = rule.telemetry(found)
        self.deadband = rule.deadband
        self.every_tick = rule.every_tick
        self.boolean = found.type == "Boolean"

    def record(self, number: float | None, string: str, position: float | None) -> None:
        """Take a reading as the one to compare with."""
        self.known = True
        self.number, self.string, self.position = number, string, position


@dataclass(frozen=True, slots=True)
class Known:
    """What the dictionary says of a control: its number, and its last value if it has one."""

    id: int
    recorded: bool
    number: float | None
    string: str
    position: float | None

    def slot(self, path: Path) -> Slot:
        """A slot that goes on where the record ends."""
        reading = (self.number, self.string, self.position)
        slot = Slot(self.id, *path, seen=reading if self.recorded else None)
        if self.recorded:
            slot.record(*reading)
        return slot


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The controls of one device, by path."""

    device_id: UUID
    known: dict[Path, Known]


def reading_of(change: WireChange) -> Reading:
    """Number, text and position of what a Core says, in forms that the database takes."""
    value = change.value
    number = float(value) if isinstance(value, bool | int | float) else None
    text = change.string or (value if isinstance(value, str) else "")
    position = change.position
    if position is not None and not -_SINGLE_MOST < position < _SINGLE_MOST:
        position = None
    return number, clean(text), position


def clean(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, and not without end."""
    if len(text) <= LONGEST_TEXT and "\0" not in text:
        return text
    return text[:LONGEST_TEXT].replace("\0", "\ufffd")
