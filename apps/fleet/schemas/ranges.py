"""Inputs and outputs of the operations on ranges that are looked through for devices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from apps.fleet.schemas.fields import SitePath
from apps.operations.core import Schema

Secrets = Annotated[
    dict[Annotated[str, Field(max_length=40)], SecretStr], Field(min_length=1, max_length=8)
]


class FleetRangeSaveIn(Schema):
    """A range to declare, or to change where the place has it already."""

    site: SitePath = Field(description="Path of the place where its devices stand.")
    network: str = Field(
        min_length=1, max_length=50, description="Addresses, such as 10.1.0.0/24; 1024 at most."
    )
    driver: str = Field(
        default="braiins", max_length=30, description="How its devices are spoken to."
    )
    secrets: Secrets | None = Field(
        default=None, description="Log-in to ask with and to adopt with; null: as it was."
    )


class FleetRange(Schema):
    """A declared range. Its log-in never comes back out."""

    range: UUID = Field(description="Id of the range.")
    site: str = Field(description="Path of its place.")
    network: str = Field(description="Its addresses.")
    driver: str = Field(description="How its devices are spoken to.")
    has_login: bool = Field(description="Whether a log-in is stored.")
    saved_by: str = Field(description="Who saved it last.")
    scanned_at: datetime | None = Field(description="When its last whole scan began; null: never.")


class FleetRangeDeleteIn(Schema):
    """Which range."""

    range: UUID = Field(description="Id of the range, as fleet.range.list shows it.")


class FleetRangeDeleteOut(Schema):
    """The range that is looked through no more."""

    range: UUID = Field(description="Id that it had.")
    network: str = Field(description="The addresses it had.")


class FleetRangeListIn(Schema):
    """Nothing is needed."""


class FleetRangeListOut(Schema):
    """The ranges that the caller may see."""

    ranges: list[FleetRange] = Field(description="By place and network.")
