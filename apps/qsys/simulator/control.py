"""One living control: its value, ramp and meter, and who wants to know of changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from apps.qsys.simulator import rendering
from apps.qsys.simulator.meters import Round, round_of, tail_of
from apps.qsys.simulator.spec import ControlSpec

if TYPE_CHECKING:
    from apps.qsys.simulator.groups import Group

RAMP_TICK = 0.02


class Head(msgspec.Struct, rename="pascal", kw_only=True):
    """The part of a control's state that stays, with all metadata."""

    component: str | msgspec.UnsetType
    name: str
    type: str
    value_min: float
    value_max: float
    string_min: str
    string_max: str
    direction: str
    choices: tuple[str, ...]
    color: str = ""
    indeterminate: bool = False
    invisible: bool = False
    disabled: bool = False
    legend: str = ""
    css_class: str = ""


class Rendered(Head, rename="pascal", kw_only=True):
    """A control as answers show it."""

    value: float | bool
    string: str
    position: float


class Ramp(msgspec.Struct, frozen=True):
    """A linear move in the control's unit, from `start` seconds on the Core's clock."""

    origin: float
    target: float
    start: float
    duration: float

    def at(self, now: float) -> float:
        """The value at `now`, in steps of the Core's ramp tick."""
        elapsed = math.floor((now - self.start) / RAMP_TICK) * RAMP_TICK
        share = min(max(elapsed / self.duration, 0.0), 1.0)
        return self.origin + (self.target - self.origin) * share

    def over(self, now: float) -> bool:
        """Whether the target is reached."""
        return now - self.start >= self.duration


class Control:
    """A control of a running design. All values are floats inside; text is apart.

    One that moves by itself has a `round`; it tells no watchers, who look at its round instead.
    """

    __slots__ = (
        "_encoded", "_head", "component", "numbers", "ramp", "round", "spec", "text", "value",
        "watchers",
    )  # fmt: skip

    def __init__(self, component: str, spec: ControlSpec, *, numbers: bool) -> None:
        self.component = component
        self.spec = spec
        self.numbers = numbers
        self.value = spec.value
        self.text = spec.text
        self.ramp: Ramp | None = None
        self.watchers: list[Group] = []
        self.round: Round | None = None if spec.meter is None else round_of(spec)
        self._encoded: bytes | None = None
        self._head: bytes | None = None

    @property
    def name(self) -> str:
        """Its name within the component."""
        return self.spec.name

    def string(self) -> str:
        """What an operator reads."""
        if self.spec.type in rendering.SILENT_TYPES:
            return self.text
        return rendering.render(self.spec, self.value)

    def settle(self, value: float) -> None:
        """Take a value, clamped and in single precision; tells the watchers if it is new."""
        new = rendering.clamp(self.spec, value)
        if new != self.value:
            self.value = new
            self.touch()

    def write(self, text: str) -> None:
        """Take the content of a Text control."""
        if text != self.text:
            self.text = text
            self.touch()

    def touch(self) -> None:
        """Count as changed in every change group that watches."""
        self._encoded = None
        for group in self.watchers:
            group.dirty[self] = None

    def advance(self, now: float) -> None:
        """Bring ramp and meter to `now`, seconds on the Core's clock."""
        if self.ramp is not None:
            ramp = self.ramp
            self.settle(ramp.at(now))
            if ramp.over(now):
                self.ramp = None
        elif self.round is not None:
            self.settle(self.round.value(self.round.step(now)))

    def shown(self) -> float | bool:
        """The value as it goes over the wire."""
        return bool(self.value) if self.spec.type == "Boolean" and not self.numbers else self.value

    def rendered(self) -> Rendered:
        """The whole state."""
        head = self._parts(None)
        place = rendering.position(self.spec, self.value)
        return Rendered(**head, value=self.shown(), string=self.string(), position=place)

    def _parts(self, alias: str | None) -> dict[str, Any]:
        spec = self.spec
        return {
            "component": self.component if alias is None else msgspec.UNSET,
            "name": alias or spec.name,
            "type": spec.type,
            "value_min": spec.minimum,
            "value_max": spec.maximum,
            "string_min": self._bound(spec.minimum),
            "string_max": self._bound(spec.maximum),
            "direction": spec.direction,
            "choices": spec.choices,
            "legend": spec.legend,
        }

    def _bound(self, value: float) -> str:
        silent = self.spec.type in rendering.SILENT_TYPES
        return "" if silent else rendering.render(self.spec, value)

    def head(self, alias: str | None = None) -> bytes:
        """The beginning of its JSON; a named control carries its alias and no component."""
        if alias is not None:
            return _opened(Head(**self._parts(alias)))
        if self._head is None:
            self._head = _opened(Head(**self._parts(None)))
        return self._head

    def encoded(self, alias: str | None = None) -> bytes:
        """The state as JSON, kept until it changes: many groups and clients share it."""
        if alias is not None:
            return self.head(alias) + self._tail()
        if self._encoded is None:
            self._encoded = self.head() + self._tail()
        return self._encoded

    def _tail(self) -> bytes:
        return tail_of(self.spec, self.value, string=self.string(), shown=self.shown())


def _opened(head: Head) -> bytes:
    return msgspec.json.encode(head)[:-1] + b","
