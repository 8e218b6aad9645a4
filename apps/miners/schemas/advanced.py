"""Inputs and outputs for a miner's advanced settings."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, JsonValue

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

Name = Annotated[str, Field(min_length=1, max_length=100)]


class MinersSettingsListIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersSetting(Schema):
    """One advanced setting, as the miner itself describes it."""

    name: str = Field(description="Its name.")
    value: JsonValue = Field(description="What it is set to.")
    default: JsonValue = Field(description="What it is unless somebody sets it; null: not told.")
    description: str = Field(description="The maker's words about it; empty: none.")
    allowed: str = Field(description="What it takes.")


class MinersSettingsListOut(Schema):
    """All advanced settings of a miner."""

    device: UUID = Field(description="Id of the miner.")
    settings: list[MinersSetting] = Field(description="By name.")


class MinersSettingsSetIn(Schema):
    """Which settings of which miner; all are taken or none."""

    device: str = DEVICE
    settings: dict[Name, JsonValue] = Field(
        min_length=1, max_length=50, description="Values by name; null puts one to its default."
    )


class MinersSettingsSetOut(Schema):
    """The settings that were named, before and after."""

    device: UUID = Field(description="Id of the miner.")
    before: dict[str, Any] = Field(description="Values before, by name.")
    after: dict[str, Any] = Field(description="Values now, as read back.")
    confirmed: bool = Field(description="Whether that is what was asked for.")
