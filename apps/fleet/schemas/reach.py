"""Inputs and outputs of the operations on how devices are reached: logins and breakers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from apps.fleet.schemas.fields import (
    DeviceName,
)
from apps.operations.core import Schema


class FleetCredentialSetIn(Schema):
    """How to log in to a device; which fields there are depends on its driver."""

    device: DeviceName
    secrets: Annotated[
        dict[Annotated[str, Field(max_length=40)], SecretStr], Field(min_length=1, max_length=8)
    ] = Field(
        description="The login: username and pin for a Core, username and password for a miner."
    )


class FleetCredentialSetOut(Schema):
    """Which fields are set now; never what is in them."""

    device: UUID = Field(description="Id of the device.")
    fields: list[str] = Field(description="Names of the fields that are set now.")
    version: int = Field(description="How often they were set.")


class FleetBreakerStatusIn(Schema):
    """Which device's breaker; all tripped ones when left out."""

    device: DeviceName | None = Field(
        default=None, description="The device's id, or its name; leave it out for every open one."
    )


class FleetBreakerRow(Schema):
    """How a breaker stands. `failures` are those in a row."""

    device: UUID = Field(description="Id of the device.")
    name: str = Field(description="Name of the device.")
    state: str = Field(description="closed, open or half_open.")
    failures: int = Field(description="Failures in a row.")
    successes: int = Field(description="Successes in a row since it was tried again.")
    opened_at: datetime | None = Field(description="When it opened; null: it is closed.")
    tries_at: datetime | None = Field(
        description="When the device is tried again; null: it is not open."
    )


class FleetBreakerStatusOut(Schema):
    """The breaker asked about, or all that are not closed."""

    breakers: list[FleetBreakerRow] = Field(
        description="The breaker asked about, or all that are not closed."
    )


class FleetBreakerResetIn(Schema):
    """Which device's breaker to close."""

    device: DeviceName


class FleetBreakerResetOut(Schema):
    """How the breaker stood before and stands now."""

    before: str = Field(description="How it stood: closed, open or half_open.")
    after: str = Field(description="How it stands now.")
