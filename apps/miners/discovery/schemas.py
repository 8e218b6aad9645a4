"""Inputs and outputs of finding miners and adopting them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from apps.fleet.schemas.fields import SitePath, Tag
from apps.operations.core import Schema


class MinersDiscoveryScanIn(Schema):
    """Which declared range to look through."""

    range: UUID = Field(description="Id of the range, as fleet.range.list shows it.")


class MinersFind(Schema):
    """One answer at one address. `verdict` says what it is to this tenant."""

    find: UUID = Field(description="Id of the find.")
    range: UUID = Field(description="Id of the range it lies in.")
    site: str = Field(description="Path of the range's place.")
    address: str = Field(description="Where it answered.")
    verdict: str = Field(description="new, known, moved, conflict, locked, foreign or gone.")
    reason: str = Field(description="Why, where the verdict alone does not tell; else empty.")
    driver: str = Field(description="How it is spoken to; empty: nothing this plane speaks to.")
    model: str = Field(description="Model it tells.")
    firmware: str = Field(description="Firmware it tells.")
    hostname: str = Field(description="Host name it tells.")
    uid: str = Field(description="Id of its control board.")
    serial: str = Field(description="Serial number it tells; its uid where it has none.")
    mac: str = Field(description="MAC address it tells.")
    psu_serial: str = Field(description="Serial number of its power supply.")
    device: UUID | None = Field(description="The registered device that it is; null: none.")
    name: str = Field(description="Name of that device; else empty.")
    seen_at: datetime = Field(description="When it answered.")


class MinersDiscoveryScanOut(Schema):
    """What a scan found. Nothing was registered, and silence deletes nothing."""

    range: UUID = Field(description="Id of the range.")
    network: str = Field(description="Its addresses.")
    asked: int = Field(description="Addresses that were asked.")
    outside: int = Field(description="Addresses outside of DEVICE_NETWORKS, which were not asked.")
    verdicts: dict[str, int] = Field(description="How many finds have each verdict.")
    finds: list[MinersFind] = Field(description="The first 200 finds, by address.")
    silent: list[str] = Field(description="Registered miners of the range that did not answer.")


class MinersDiscoveryListIn(Schema):
    """Which finds."""

    range: UUID | None = Field(default=None, description="Id of one range; null: of all.")
    offset: int = Field(default=0, ge=0, le=100_000, description="How many to skip.")
    limit: int = Field(default=200, ge=1, le=1024, description="How many finds at most.")


class MinersDiscoveryListOut(Schema):
    """Finds with the verdict of now."""

    finds: list[MinersFind] = Field(description="By place and address.")
    total: int = Field(description="How many there are in all.")


class MinersDiscoveryAdoptIn(Schema):
    """Finds to register, or to find again at a new address; all of them or none."""

    finds: Annotated[list[UUID], Field(min_length=1, max_length=200)] = Field(
        description="Ids of new or moved finds."
    )
    site: SitePath | None = Field(
        default=None, description="Place of new ones; null: that of their range."
    )
    tags: Annotated[list[Tag], Field(max_length=20)] = Field(
        default=[], description="Tags of new ones."
    )


class MinersAdopted(Schema):
    """What became of one find."""

    find: UUID = Field(description="Id of the find.")
    device: UUID = Field(description="Id of the device.")
    name: str = Field(description="Name of the device.")
    verdict: str = Field(description="registered, or moved.")
    before: str = Field(description="Address it had; empty: it is new.")
    address: str = Field(description="Its address now.")


class MinersDiscoveryAdoptOut(Schema):
    """All of them."""

    adopted: list[MinersAdopted] = Field(description="In the order they were named.")
