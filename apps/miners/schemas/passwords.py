"""Input and output of the rotation of a miner's password."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema


class MinersPasswordRotateIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersPasswordRotateOut(Schema):
    """That the miner has a password which this plane alone knows."""

    device: UUID = Field(description="Id of the miner.")
    proven: Literal[True] = Field(description="True: a log-in with the new password succeeded.")
