"""One living control: its value, ramp and meter, and who wants to know of changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from apps.qsys.simulator import rendering
from apps.qsys.simulator.spec import ControlSpec

if TYPE_CHECKING:
    from apps.qsys.simulator.groups import Group

RAMP_TICK = 0.02
METER_STEPS = 256


class Rendered(msgspec.Struct, rename="pascal"):
    """A control as answers and polls show it, with all metadata."""

    component: str | msgspec.UnsetType
    name: str
    type: str
    value: float | bool
    value_min: float
    value_max: float
    string_min: str
    string_max: str
    string: str
    position: float
    direction: str
    choices: tuple[str, ...]
    color: str = ""
    indeterminate: bool = False
    invisible: bool = False
    disabled: bool = False
    legend: str = ""
    css_class: str = ""


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
    """A control of a running design. All values are floats inside; text is apart."""

    __slots__ = ("_encoded", "component", "numbers", "ramp", "spec", "text", "value", "watchers")

    def __init__(self, component: str, spec: ControlSpec, *, numbers: bool) -> None:
        self.component = component
        self.spec = spec
        self.numbers = numbers
        self.value = spec.value
        self.text = spec.text
        self.ramp: Ramp | None = None
        self.watchers: list[Group] = []
        self._encoded: msgspec.Raw | None = None

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
        elif self.spec.meter is not None:
            meter = self.spec.meter
            # The second, faster term makes any two polls differ.
            slow = math.sin(math.tau * now / meter.period)
            fast = math.sin(math.tau * now / 0.37)
            self.settle(meter.middle + meter.swing * (0.9 * slow + 0.1 * fast))

    def rendered(self, alias: str | None = None) -> Rendered:
        """The whole state; a named control carries its alias and no component."""
        spec = self.spec
        shown = bool(self.value) if spec.type == "Boolean" and not self.numbers else self.value
        return Rendered(
            component=self.component if alias is None else msgspec.UNSET,
            name=alias or spec.name,
            type=spec.type,
            value=shown,
            value_min=spec.minimum,
            value_max=spec.maximum,
            string_min=self._bound(spec.minimum),
            string_max=self._bound(spec.maximum),
            string=self.string(),
            position=rendering.position(spec, self.value),
            direction=spec.direction,
            choices=spec.choices,
            legend=spec.legend,
        )

    def _bound(self, value: float) -> str:
        silent = self.spec.type in rendering.SILENT_TYPES
        return "" if silent else rendering.render(self.spec, value)

    def encoded(self) -> msgspec.Raw:
        """The state as JSON, kept until it changes: many groups and clients share it."""
        if self._encoded is None:
            self._encoded = msgspec.Raw(msgspec.json.encode(self.rendered()))
        return self._encoded
