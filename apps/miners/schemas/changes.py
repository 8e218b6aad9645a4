"""Inputs and outputs for taking a change back."""

from typing import Any
from uuid import UUID

from pydantic import Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema


class MinersChangeUndoIn(Schema):
    """Which change of which miner."""

    device: str = DEVICE
    call: UUID | None = Field(
        default=None, description="The call that made it; null: the newest change of the miner."
    )
    force: bool = Field(
        default=False, description="Undo even if somebody has changed it again since."
    )


class MinersChangeUndoOut(Schema):
    """What was set back."""

    device: UUID = Field(description="Id of the miner.")
    undone: UUID = Field(description="The call that was undone.")
    what: str = Field(description="Which setting: target, dps, cooling, boards or pools.")
    before: Any = Field(description="How it was before the undoing, without secrets.")
    after: Any = Field(description="How it is now, as read back, without secrets.")
    confirmed: bool = Field(description="Whether it is as it was before that call.")
