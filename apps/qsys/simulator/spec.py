"""What a design consists of, as data: controls, components, named controls."""

from __future__ import annotations

import msgspec

#: Audio files that pages and loop players find, unless the design has others.
MEDIA = ("Chime.wav", "Evacuate.wav", "Rain.mp3")


class MeterSpec(msgspec.Struct, frozen=True):
    """A value that moves by itself: a slow swing around `middle`, in the control's unit."""

    middle: float = -30.0
    swing: float = 20.0
    period: float = 7.0
    """Seconds a swing takes."""


class ControlSpec(msgspec.Struct, frozen=True):
    """One control. `type` and `direction` are the words of the protocol.

    `labels` name the values 0, 1, ... of a Boolean or a choice; `unit` is one of rendering.UNITS,
    `time`, or any suffix. `text` is the first content of a Text control.
    """

    name: str
    type: str = "Float"
    minimum: float = 0.0
    maximum: float = 1.0
    value: float = 0.0
    text: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    direction: str = "Read/Write"
    legend: str = ""
    meter: MeterSpec | None = None


class ComponentSpec(msgspec.Struct, frozen=True):
    """One component. One that is not `exposed` has no script access and stays unseen.

    `numbers` makes its Booleans 1/0 instead of true/false; real Cores do both.
    """

    name: str
    type: str
    controls: tuple[ControlSpec, ...]
    properties: dict[str, str] = {}
    exposed: bool = True
    numbers: bool = False


class DesignSpec(msgspec.Struct, frozen=True):
    """One design. `named` maps a named control to its component and control.

    `platform` is the model it runs on; an `emulator` is Designer in Emulate mode.
    """

    name: str
    components: tuple[ComponentSpec, ...]
    named: dict[str, tuple[str, str]] = {}
    platform: str = "Core 110f"
    emulator: bool = False
    media: tuple[str, ...] = MEDIA

    @property
    def size(self) -> int:
        """Controls that clients can see."""
        return sum(len(one.controls) for one in self.components if one.exposed)
