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

NOTHING: Final[Reading] = (None, "", None)


@dataclass(slots=True, eq=False)
class Slot:
    """One watched control.

    `recorded` is what was last stored of it, `seen` what the Core last said, deadband or not;
    None of one of which nothing is known yet. A number's text and position are kept as they came
    and mended when they leave (`clean_reading`): most are replaced before anybody asks.
    """

    id: int
    component: str
    name: str
    boolean: bool = False
    telemetry: bool = False
    deadband: float = 0.0
    every_tick: bool = False
    recorded: Reading | None = None
    seen: Reading | None = None
    seen_us: int = 0
    """When `seen` was first said, microseconds since 1970."""

    @property
    def number(self) -> float | None:
        """The number that was last recorded."""
        return None if self.recorded is None else self.recorded[0]

    def differs(self, number: float | None, string: str) -> bool:
        """Whether a reading lies outside the deadband around what was last recorded.

        The distance is measured from the record, so that slow drift is recorded too.
        """
        if self.recorded is None:
            return True
        before, words, _ = self.recorded
        if number is None or before is None:
            return number is not before or string != words
        if number == before:
            return self.deadband == 0 and string != words
        return abs(number - before) > self.deadband

    def obey(self, rule: Rule, found: Found) -> None:
        """Take over what a watch says of this control, and what the Core says of its nature."""
        self.telemetry = rule.telemetry(found)
        self.deadband = rule.deadband
        self.every_tick = rule.every_tick
        self.boolean = found.type == "Boolean"

    def clean_reading(self) -> Reading:
        """What the Core last said, in forms that the database takes."""
        return NOTHING if self.seen is None else cleaned(self.seen)


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
        reading = (self.number, self.string, self.position) if self.recorded else None
        return Slot(self.id, *path, recorded=reading, seen=reading)


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
    return cleaned((number, text, change.position))


def cleaned(reading: Reading) -> Reading:
    """A reading in forms that the database takes: the same one, unless something is wrong."""
    _, text, position = reading
    fits = position is None or -_SINGLE_MOST < position < _SINGLE_MOST
    if fits and len(text) <= LONGEST_TEXT and "\0" not in text:
        return reading
    return (reading[0], clean(text), position if fits else None)


def clean(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, and not without end."""
    if len(text) <= LONGEST_TEXT and "\0" not in text:
        return text
    return text[:LONGEST_TEXT].replace("\0", "\ufffd")
