"""Inputs and outputs of the operations on several controls at once, and of undoing."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.operations.core import Schema
from apps.qsys.schemas.controls import QsysReading, QsysSetting
from apps.qsys.schemas.fields import DEVICE, RAMP


class QsysControlBatchIn(Schema):
    """Controls to set together. When one of them does not exist, none is set."""

    device: str = DEVICE
    settings: list[QsysSetting] = Field(
        min_length=1, max_length=200, description="The controls to set, each once."
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        paths = [(one.component, one.control) for one in self.settings]
        twice = next((path for path in paths if paths.count(path) > 1), None)
        if twice is not None:
            raise ValueError(f"{' / '.join(filter(None, twice))} is set twice; name it once")
        return self


class QsysBatchResult(Schema):
    """One control, before and after; `confirmed` when it is what was asked for."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    before: QsysReading = Field(description="How it was.")
    after: QsysReading = Field(description="As read back.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


class QsysControlBatchOut(Schema):
    """What became of each control, in the order they were named."""

    device: UUID = Field(description="Id of the Core.")
    results: list[QsysBatchResult] = Field(description="What became of each, in your order.")
    confirmed: bool = Field(description="Whether all are as asked for.")


class QsysChangeUndoIn(Schema):
    """Which change to take back: a call's, or the newest one on the Core."""

    device: str = DEVICE
    call: UUID | None = Field(
        default=None, description="Id of the call to undo; leave it out for the newest change."
    )
    ramp: float = RAMP
    force: bool = Field(
        default=False, description="Undo even what somebody else has changed since."
    )


class QsysLeftOut(Schema):
    """One control that could not be set back."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    why: str = Field(description="Why it stays as it is.")


class QsysChangeUndoOut(Schema):
    """What was set back, which call was undone, and what could not be restored."""

    device: UUID = Field(description="Id of the Core.")
    undone: UUID = Field(description="Id of the call that was taken back.")
    results: list[QsysBatchResult] = Field(description="What became of each control.")
    left_out: list[QsysLeftOut] = Field(description="Controls that could not be set back.")
    notes: list[str] = Field(description="What this undoing cannot promise, in words.")
    confirmed: bool = Field(description="Whether all are as they were.")
