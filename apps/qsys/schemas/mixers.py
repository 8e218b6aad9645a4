"""Inputs and outputs of the operations on mixers."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.operations.core import Schema
from apps.qsys.client import MixerTarget, channels
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.fields import DEVICE, RAMP

CHANNELS = "Channels such as '1', '1-4 7', '*' or '* !3'."


class QsysMixerSetIn(Schema):
    """What of a mixer to set, on which channels, to what.

    Which of inputs, outputs and cues are needed depends on `what`: a crosspoint needs inputs and
    outputs, an input's cue needs inputs and cues.
    """

    device: str = DEVICE
    mixer: str = Field(min_length=1, max_length=1000, description="Code Name of the mixer.")
    what: MixerTarget = Field(description="What to set.")
    value: bool | float = Field(description="Gain in dB, delay in seconds, or true or false.")
    inputs: str = Field(default="", max_length=200, description=CHANNELS)
    outputs: str = Field(default="", max_length=200, description=CHANNELS)
    cues: str = Field(default="", max_length=200, description=CHANNELS)
    ramp: float = RAMP

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.what.require(self.value, self.sides(), ramp=self.ramp)
        return self

    def sides(self) -> dict[str, str]:
        """The channel strings by the side they name."""
        return {"Inputs": self.inputs, "Outputs": self.outputs, "Cues": self.cues}

    def chosen(self, side: str, there: list[int]) -> list[int]:
        """The channels of a side that are meant, of those that are there."""
        return channels.chosen(self.sides()[side], there)

    def counted(self, side: str) -> list[int]:
        """The channels of a side that are named by number, whether they are there or not."""
        spans = [span for adds, span in channels.parse(self.sides()[side]) if adds and span]
        return sorted({number for span in spans for number in span})


class QsysMixerChannel(Schema):
    """One control of the mixer, before and after."""

    control: str = Field(description="Name of the mixer's control.")
    before: QsysReading = Field(description="How it was.")
    after: QsysReading = Field(description="As read back.")


class QsysMixerSetOut(Schema):
    """What was set, as read back.

    `confirmed` is false where a value is not what was asked for (a ramp takes its time, a Core
    clamps); `channels` is empty where the mixer does not expose these controls for reading.
    """

    device: UUID = Field(description="Id of the Core.")
    mixer: str = Field(description="Code Name of the mixer.")
    channels: list[QsysMixerChannel] = Field(
        description="What was set; empty: the mixer shows none of it."
    )
    confirmed: bool = Field(description="Whether all is as asked for; a ramp takes its time.")
