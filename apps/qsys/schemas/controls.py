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

    device: UUID = Field(description="Id of the Core.")
    name: str = Field(description="Its name.")
    platform: str = Field(description="Its hardware.")
    state: str = Field(description="Active, Standby or Idle.")
    design: str = Field(description="Name of the design that runs.")
    design_code: str = Field(
        description="Code of the deployed design; another after each deployment."
    )
    redundant: bool = Field(description="Whether it has a partner.")
    emulator: bool = Field(description="Whether it is Designer's emulator.")
    status_code: int = Field(description="0 is OK.")
    status: str = Field(description="The same in words.")


class QsysComponentListIn(Schema):
    """Which Core, and which of its components."""

    device: str = DEVICE
    contains: str = Field(default="", max_length=100, description="Part of the Code Name.")
    type: str = Field(default="", max_length=100, description="Exact type, such as gain.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many components at most.")


class QsysComponentOut(Schema):
    """One component."""

    name: str = Field(description="Code Name.")
    type: str = Field(description="Its type, such as gain.")


class QsysComponentListOut(Schema):
    """Components that the Core exposes, by name.

    An empty list most often means that no component has a Code Name with Script Access set to
    External or All in the design; `hint` says so.
    """

    components: list[QsysComponentOut] = Field(
        description="Components that the Core exposes, by name."
    )
    total: int = Field(description="How many fit in all.")
    hint: str | None = Field(default=None, description="Why there is none; else null.")


class QsysControlGetIn(Schema):
    """Which controls of which component."""

    device: str = DEVICE
    component: str | None = COMPONENT
    controls: list[str] = Field(
        default=[], max_length=100, description="Names of controls; empty for all of the component."
    )

    @model_validator(mode="after")
    def _named_ones_by_name(self) -> Self:
        if self.component is None and not self.controls:
            raise ValueError("give a component, or name the controls: named ones cannot be listed")
        return self


class QsysControlOut(Schema):
    """The state of one control. `position` runs from 0 to 1."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    value: Scalar = Field(description="Number in its own unit, true or false, or text.")
    string: str = Field(description="As the Core writes it, such as -12.5dB.")
    position: float | None = Field(description="Place on its range, 0 to 1; null: none.")
    type: str = Field(default="", description="Its type, such as Float.")
    direction: str = Field(default="", description="Read Only, Write Only or Read/Write.")
    minimum: float | None = Field(default=None, description="Least value; null: none.")
    maximum: float | None = Field(default=None, description="Largest value; null: none.")


class QsysControlGetOut(Schema):
    """What the Core says the controls are now."""

    controls: list[QsysControlOut] = Field(description="The controls, as the Core tells them now.")


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

    value: Scalar = Field(description="In its own unit; null: unknown.")
    string: str = Field(description="As the Core writes it.")
    position: float | None = Field(description="Place on its range, 0 to 1; null: none.")


class QsysControlSetOut(Schema):
    """The control before and after, as read back from the Core.

    `confirmed` is true when what was read back is what was asked for; a Core clamps what lies
    out of range, and a ramp takes its time.
    """

    device: UUID = Field(description="Id of the Core.")
    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    before: QsysReading = Field(description="How it was.")
    after: QsysReading = Field(description="As read back; a Core clamps in silence.")
    confirmed: bool = Field(
        description="Whether that is what was asked for; a ramp takes its time."
    )
