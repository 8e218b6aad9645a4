"""Inputs and outputs of the operations on loop players."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from apps.operations.core import Schema
from apps.qsys.schemas.fields import DEVICE

PLAYER = Field(min_length=1, max_length=1000, description="Code Name of the loop player.")
Output = Annotated[int, Field(ge=1, le=256, description="Output of the player, from 1.")]
SecondOfDay = Annotated[int, Field(ge=0, le=86_399)]


class QsysPlayerFile(Schema):
    """One file and where it plays; a stereo file takes its output and the next."""

    name: str = Field(min_length=1, max_length=500, description="Path of the file on the Core.")
    output: Output
    mode: Literal["mono", "stereo"] = Field(default="mono", description="How many channels it has.")


class QsysPlayerStartIn(Schema):
    """What to play, and when."""

    device: str = DEVICE
    player: str = PLAYER
    files: list[QsysPlayerFile] = Field(
        min_length=1,
        max_length=64,
        description="Which file plays on which output, all started together.",
    )
    at: Literal["now", "after_current"] | SecondOfDay = Field(
        default="now", description="now, after_current, or a second of the Core's day (0-86399)."
    )
    loop: bool = Field(default=False, description="True: start over at the end.")
    seek: float = Field(default=0, ge=0, le=86_400, description="Seconds of the file to skip.")


class QsysPlayerStartOut(Schema):
    """The Core took the job; one that cannot start in time is told by the Core alone."""

    device: UUID = Field(description="Id of the Core.")
    player: str = Field(description="Code Name of the player.")
    outputs: list[int] = Field(description="Outputs that were given a file.")


class QsysPlayerStopIn(Schema):
    """Which outputs to silence, or which waiting jobs to drop."""

    device: str = DEVICE
    player: str = PLAYER
    outputs: list[Output] = Field(
        min_length=1, max_length=256, description="Outputs of the player, from 1."
    )
    waiting: bool = Field(
        default=False, description="True: drop what waits, and let what plays go on."
    )


class QsysPlayerStopOut(Schema):
    """The Core took the order."""

    device: UUID = Field(description="Id of the Core.")
    player: str = Field(description="Code Name of the player.")
    outputs: list[int] = Field(description="Outputs that were told to stop.")
