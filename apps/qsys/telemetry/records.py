"""What travels from the poller's loop to the writer's thread."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Whose device it is and where it stands: what rights and streams ask for."""

    tenant_id: UUID
    device_id: UUID
    site_path: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who or what a change came from. `actor` is a label for people."""

    cause: str
    actor: str = ""
    call_id: UUID | None = None


@dataclass(slots=True)
class LastValue:
    """A control's state at `at_us`, microseconds since 1970."""

    control_id: int
    at_us: int
    number: float | None
    string: str
    position: float | None


@dataclass(slots=True)
class Change:
    """One discrete change. `previous_string` is None for the first value ever seen.

    `boolean` says that the numbers stand for true and false. `origin` is what the poller knows;
    the writer looks up whether a call of ours caused it.
    """

    place: Place
    control_id: int
    component: str
    control: str
    at_us: int
    number: float | None
    string: str
    position: float | None
    previous: float | None
    previous_string: str | None
    design_code: str
    origin: Origin
    boolean: bool = False

    def scalar(self, number: float | None, string: str | None) -> float | bool | str | None:
        """A value as events tell it: a truth, a number, or text where there is no number."""
        if number is None:
            return string
        return bool(number) if self.boolean else number


@dataclass(slots=True)
class LostChanges:
    """How many discrete changes of a device were given up, and from when to when (us)."""

    place: Place
    count: int
    since_us: int
    until_us: int

    def add(self, change: Change) -> None:
        """One more."""
        self.count += 1
        self.since_us = min(self.since_us, change.at_us)
        self.until_us = max(self.until_us, change.at_us)
