"""Inputs and outputs of what registers and changes devices."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from apps.fleet.schemas.fields import (
    Address,
    CircuitName,
    DeviceName,
    Mac,
    Name,
    Ports,
    SitePath,
    Slot,
    Tag,
    Word,
)
from apps.operations.core import Schema


class FleetDeviceRegisterIn(Schema):
    """A new device. `site` is the path of a place, `ports` only those other than the usual."""

    name: Name = Field(description="Name of the device, unique in the tenant.")
    driver: Annotated[str, Field(max_length=30)] = Field(
        description="How it is spoken to, such as qsys or braiins."
    )
    site: SitePath = Field(description="Path of its place, such as /berlin/hall/.")
    address: Address = Field(description="IP address or host name.")
    ports: Ports = Field(default={}, description="Ports other than the usual, by what they serve.")
    serial: Word = Field(default="", description="Serial number; empty if unknown.")
    mac: Mac = Field(default="", description="MAC address; empty if unknown.")
    model: Word = Field(default="", description="Model; empty if unknown.")
    tags: Annotated[list[Tag], Field(max_length=50)] = Field(
        default=[], description="Tags, such as foh."
    )
    circuit: CircuitName = Field(
        default="", description="Power circuit or PDU it hangs on; empty if unknown."
    )
    slot: Slot = Field(default="", description="Its place in the rack; empty if unknown.")


class FleetDeviceOut(Schema):
    """A device as it is registered."""

    id: UUID = Field(description="Id of the device.")
    name: str = Field(description="Name of the device.")
    kind: str = Field(description="core or miner.")
    driver: str = Field(description="How it is spoken to.")
    site: str = Field(description="Path of its place.")
    address: str = Field(description="IP address or host name.")
    ports: dict[str, int] = Field(description="Ports other than the usual.")
    serial: str = Field(description="Serial number; empty if unknown.")
    mac: str = Field(description="MAC address; empty if unknown.")
    model: str = Field(description="Model; empty if unknown.")
    firmware: str = Field(description="Firmware last seen; empty if unknown.")
    tags: list[str] = Field(description="Its tags.")
    circuit: str = Field(description="Power circuit or PDU it hangs on; empty if unknown.")
    slot: str = Field(description="Its place in the rack; empty if unknown.")
    status: str = Field(description="active or decommissioned.")


class FleetDeviceEditIn(Schema):
    """What is left out stays as it is."""

    device: DeviceName
    name: Name | None = Field(default=None, description="New name.")
    site: SitePath | None = Field(default=None, description="Path of the new place.")
    address: Address | None = Field(default=None, description="New IP address or host name.")
    ports: Ports | None = Field(
        default=None, description="All ports other than the usual; they replace those before."
    )
    serial: Word | None = Field(default=None, description="New serial number.")
    mac: Mac | None = Field(default=None, description="New MAC address.")
    model: Word | None = Field(default=None, description="New model.")
    circuit: CircuitName | None = Field(
        default=None, description="New power circuit or PDU; an empty text takes it off."
    )
    slot: Slot | None = Field(
        default=None, description="New place in the rack; an empty text takes it out."
    )


class FleetDeviceEditOut(Schema):
    """The changed columns before and after, and the whole device."""

    before: dict[str, Any] = Field(description="The changed fields before.")
    after: dict[str, Any] = Field(description="The changed fields now.")
    device: FleetDeviceOut = Field(description="The whole device now.")


class FleetDeviceDecommissionIn(Schema):
    """Devices, by id or name, that are taken out of operation for good."""

    devices: Annotated[list[DeviceName], Field(min_length=1, max_length=500)] = Field(
        description="Ids or names of the devices."
    )


class FleetDeviceDecommissionOut(Schema):
    """Which devices left, and which were left in since a job holds them."""

    decommissioned: list[UUID] = Field(description="Ids of the devices that left.")
    refused: dict[str, str] = Field(description="Why a device stayed, by its id.")


class FleetDeviceTagIn(Schema):
    """Tags to put on and to take off several devices."""

    devices: Annotated[list[DeviceName], Field(min_length=1, max_length=500)] = Field(
        description="Ids or names of the devices."
    )
    add: Annotated[list[Tag], Field(max_length=20)] = Field(
        default=[], description="Tags to put on."
    )
    remove: Annotated[list[Tag], Field(max_length=20)] = Field(
        default=[], description="Tags to take off."
    )


class FleetDeviceTagOut(Schema):
    """Tags of each device before and after."""

    before: dict[str, list[str]] = Field(description="Tags before, by device id.")
    after: dict[str, list[str]] = Field(description="Tags now, by device id.")
