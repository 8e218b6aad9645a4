"""Inputs and outputs of looking at the fleet, and of asking one device."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from apps.fleet.models import DeviceKind, Liveness
from apps.fleet.schemas.fields import (
    DeviceName,
)
from apps.operations.core import Schema


class FleetDeviceProbeIn(Schema):
    """Which device to ask."""

    device: DeviceName


class FleetDeviceProbeOut(Schema):
    """What the device says. `same_device` is false when its serial is not the registered one."""

    device: UUID = Field(description="Id of the device.")
    name: str = Field(description="Name it is registered by.")
    serial: str = Field(description="Serial number it tells.")
    mac: str = Field(description="MAC address it tells.")
    model: str = Field(description="Model it tells.")
    firmware: str = Field(description="Firmware it tells.")
    summary: dict[str, Any] = Field(description="How it is, in fields of its kind.")
    same_device: bool = Field(description="False: another serial number than the registered one.")
    milliseconds: int = Field(description="Time it took to answer.")


class FleetDeviceListIn(Schema):
    """Filters; those left out do not filter."""

    text: str = Field(
        default="", max_length=100, description="Part of the name, address, serial or model."
    )
    kind: DeviceKind | None = Field(default=None, description="Kind of device.")
    site: str = Field(
        default="", max_length=300, description="Path of a place; all below it is included."
    )
    tag: str = Field(default="", max_length=50, description="One tag that the device has.")
    liveness: Liveness | None = Field(default=None, description="Whether it answers.")
    offset: int = Field(default=0, ge=0, le=100_000, description="How many to skip.")
    limit: int = Field(default=50, ge=1, le=200, description="How many devices at most.")


class FleetDeviceRow(Schema):
    """A device and the last thing known about it; `age_seconds` says how old that is."""

    id: UUID = Field(description="Id of the device.")
    name: str = Field(description="Its name.")
    kind: str = Field(description="core or miner.")
    site: str = Field(description="Path of its place.")
    address: str = Field(description="IP address or host name.")
    model: str = Field(description="Its model.")
    firmware: str = Field(description="Firmware last seen.")
    tags: list[str] = Field(description="Its tags.")
    liveness: str = Field(description="ok, stale, lost, rebooting or never (seen).")
    reason: str = Field(description="Why it does not answer; else empty.")
    seen_at: datetime | None = Field(description="When it last answered; null: never.")
    age_seconds: float | None = Field(description="Seconds since then; null: never.")
    summary: dict[str, Any] = Field(description="Its last readings, in fields of its kind.")


class FleetDeviceListOut(Schema):
    """One page, and how many there are in all."""

    devices: list[FleetDeviceRow] = Field(description="This page, by name.")
    total: int = Field(description="How many fit in all.")


class FleetSummaryGetIn(Schema):
    """Nothing is needed."""


class FleetSummaryGetOut(Schema):
    """Counts of what the caller may see; up to two minutes old."""

    total: int = Field(description="Devices you may see.")
    by_kind: dict[str, dict[str, int]] = Field(
        description="Devices by kind, and in it by whether they answer."
    )
    by_liveness: dict[str, int] = Field(description="Devices by whether they answer.")
    busy: int = Field(description="Devices held by a job now.")
    sites: int = Field(description="Places you may see.")
