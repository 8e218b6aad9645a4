"""Inputs and outputs of the operations on status, components and controls."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.operations.core import Schema
from apps.qsys.schemas.fields import COMPONENT, CONTROL, DEVICE, RAMP, Scalar


class QsysCoreStatusIn(Schema):
    """Which Core."""

    device: str = DEVICE


class QsysCoreStatusOut(Schema):
    """What the Core says of its engine now."""

    device: UUID
    name: str
    platform: str
    state: str
    design: str
    design_code: str
    redundant: bool
    emulator: bool
    status_code: int
    status: str


class QsysComponentListIn(Schema):
    """Which Core, and which of its components."""

    device: str = DEVICE
    contains: str = Field(default="", max_length=100, description="Part of the Code Name.")
    type: str = Field(default="", max_length=100, description="Exact type, such as gain.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many components at most.")


class QsysComponentOut(Schema):
    """One component."""

    name: str
    type: str


class QsysComponentListOut(Schema):
    """Components that the Core exposes, by name.

    An empty list most often means that no component has a Code Name with Script Access set to
    External or All in the design; `hint` says so.
    """

    components: list[QsysComponentOut]
    total: int
    hint: str | None = None


class QsysControlGetIn(Schema):
    """Which controls of which component."""

    device: str = DEVICE
    component: str | None = COMPONENT
    controls: list[str] = Field(
        default=[], max_length=100, description="Names; empty for all of the component."
    )

    @model_validator(mode="after")
    def _named_ones_by_name(self) -> Self:
        if self.component is None and not self.controls:
            raise ValueError("give a component, or name the controls: named ones cannot be listed")
        return self


class QsysControlOut(Schema):
    """The state of one control. `position` runs from 0 to 1."""

    component: str | None
    control: str
    value: Scalar
    string: str
    position: float | None
    type: str = ""
    direction: str = ""
    minimum: float | None = None
    maximum: float | None = None


class QsysControlGetOut(Schema):
    """What the Core says the controls are now."""

    controls: list[QsysControlOut]


class QsysSetting(Schema):
    """One control and what to set it to: exactly one of value, position and string."""

    component: str | None = COMPONENT
    control: str = CONTROL
    value: bool | float | None = Field(
        default=None,
        description="Number in the control's own unit, such as -12.5 for dB, or true or false.",
    )
    position: float | None = Field(
        default=None, ge=0, le=1, description="Instead of a value: the place on its range, 0 to 1."
    )
    string: str | None = Field(
        default=None, max_length=1000, description="Instead of a value: the text, such as a choice."
    )
    ramp: float = RAMP

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [item for item in (self.value, self.position, self.string) if item is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of value, position and string")
        return self


class QsysControlSetIn(QsysSetting):
    """Which control of which Core to set, and to what."""

    device: str = DEVICE
    expect: bool | float | str | None = Field(
        default=None, description="Set it only if it is this now; otherwise nothing is sent."
    )


class QsysReading(Schema):
    """A control's state at one instant."""

    value: Scalar
    string: str
    position: float | None


class QsysControlSetOut(Schema):
    """The control before and after, as read back from the Core.

    `confirmed` is true when what was read back is what was asked for; a Core clamps what lies
    out of range, and a ramp takes its time.
    """

    device: UUID
    component: str | None
    control: str
    before: QsysReading
    after: QsysReading
    confirmed: bool
