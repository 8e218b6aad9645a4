"""Inputs and outputs of the operations on price triggers."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.miners.curtail.schemas import MinersCurtailmentStartIn
from apps.miners.curtail.triggers.signal import SignalRules
from apps.operations.core import Schema

TriggerId = Annotated[UUID, Field(description="Id of the trigger.")]


class MinersTriggerSaveIn(Schema):
    """What is curtailed while a price says so. One of the same name is replaced."""

    name: str = Field(min_length=1, max_length=100, description="What people call it.")
    curtailment: MinersCurtailmentStartIn = Field(
        description="Input of miners.curtailment.start, without its times."
    )
    signal: SignalRules = Field(description="When the price turns it on and off.")
    url: str = Field(
        default="",
        max_length=500,
        description="Where starts_at,price is fetched; empty: fed.",
    )
    fetch_seconds: int = Field(default=900, ge=60, le=86_400, description="Between two fetches, s.")

    @model_validator(mode="after")
    def _no_times(self) -> Self:
        wish = self.curtailment
        if wish.not_before or wish.until or wish.minutes:
            raise ValueError("leave not_before, until and minutes out: the price decides")
        return self


class MinersTriggerIn(Schema):
    """Which trigger."""

    trigger: TriggerId


class MinersTriggerFeedIn(MinersTriggerIn):
    """Prices for a trigger."""

    csv: str = Field(
        min_length=1, max_length=500_000, description="Rows of starts_at,price; times with zone."
    )


class MinersTriggerListIn(Schema):
    """Nothing to choose."""


class MinersTrigger(Schema):
    """A trigger and how it stands."""

    trigger: TriggerId
    name: str = Field(description="What people call it.")
    site: str = Field(description="Path of the place.")
    signal: dict[str, Any] = Field(description="When the price turns it on and off.")
    url: str = Field(description="Where prices are fetched; empty: they are fed.")
    is_on: bool = Field(description="Whether the price says curtail.")
    price: float | None = Field(description="Price of now; null: none is known.")
    switched_at: datetime | None = Field(description="When it turned.")
    curtailment: UUID | None = Field(description="The curtailment it started last.")
    error: str = Field(description="What is wrong; empty: nothing.")


class MinersTriggerFeedOut(Schema):
    """What was kept."""

    trigger: TriggerId
    rows: int = Field(description="How many prices were read and kept.")


class MinersTriggerDeleteOut(Schema):
    """That it is gone."""

    trigger: TriggerId
    deleted: bool = Field(description="True. A curtailment it started goes on until stopped.")


class MinersTriggerListOut(Schema):
    """Triggers, by name."""

    triggers: list[MinersTrigger] = Field(description="By name.")
