"""Inputs and outputs of fleet's operations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr

from apps.fleet.models import DeviceKind, Liveness, SiteKind
from apps.operations.core import Schema


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("has no control characters, and no space at its ends")
    return text


def _plain_mac(text: str) -> str:
    digits = text.lower().replace(":", "").replace("-", "").replace(".", "")
    if text and (len(digits) != 12 or not set(digits) <= set("0123456789abcdef")):
        raise ValueError("is six bytes in hex, such as 00:60:74:0a:0b:0c")
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


Printable = AfterValidator(_printable)
Name = Annotated[str, Field(min_length=1, max_length=100), Printable]
Word = Annotated[str, Field(max_length=100), Printable]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,49}$")]
Mac = Annotated[str, Field(max_length=17), AfterValidator(_plain_mac)]
SitePath = Annotated[str, Field(pattern=r"^/([a-z0-9_-]{1,40}/)+$", max_length=300)]
StopPath = Annotated[
    str,
    Field(pattern=r"^/([a-z0-9_-]{1,40}/)*$", max_length=300, description="A place; / is all."),
]
Port = Annotated[int, Field(ge=1, le=65535)]
PortName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Ports = Annotated[dict[PortName, Port], Field(max_length=8)]
Address = Annotated[str, Field(min_length=1, max_length=253), Printable]
DeviceName = Annotated[
    str, Field(min_length=1, max_length=100, description="The device's id, or its name.")
]


class FleetDeviceRegisterIn(Schema):
    """A new device. `site` is the path of a place, `ports` only those other than the usual."""

    name: Name
    driver: Annotated[str, Field(max_length=30)]
    site: SitePath
    address: Address
    ports: Ports = {}
    serial: Word = ""
    mac: Mac = ""
    model: Word = ""
    tags: Annotated[list[Tag], Field(max_length=50)] = []


class FleetDeviceOut(Schema):
    """A device as it is registered."""

    id: UUID
    name: str
    kind: str
    driver: str
    site: str
    address: str
    ports: dict[str, int]
    serial: str
    mac: str
    model: str
    firmware: str
    tags: list[str]
    status: str


class FleetDeviceEditIn(Schema):
    """What is left out stays as it is."""

    device: DeviceName
    name: Name | None = None
    site: SitePath | None = None
    address: Address | None = None
    ports: Ports | None = None
    serial: Word | None = None
    mac: Mac | None = None
    model: Word | None = None


class FleetDeviceEditOut(Schema):
    """The changed columns before and after, and the whole device."""

    before: dict[str, Any]
    after: dict[str, Any]
    device: FleetDeviceOut


class FleetDeviceDecommissionIn(Schema):
    """Devices, by id or name, that are taken out of operation for good."""

    devices: Annotated[list[DeviceName], Field(min_length=1, max_length=500)]


class FleetDeviceDecommissionOut(Schema):
    """Which devices left, and which were left in since a job holds them."""

    decommissioned: list[UUID]
    refused: dict[str, str]


class FleetDeviceProbeIn(Schema):
    """Which device to ask."""

    device: DeviceName


class FleetDeviceProbeOut(Schema):
    """What the device says. `same_device` is false when its serial is not the registered one."""

    device: UUID
    name: str
    serial: str
    mac: str
    model: str
    firmware: str
    summary: dict[str, Any]
    same_device: bool
    milliseconds: int


class FleetDeviceTagIn(Schema):
    """Tags to put on and to take off several devices."""

    devices: Annotated[list[DeviceName], Field(min_length=1, max_length=500)]
    add: Annotated[list[Tag], Field(max_length=20)] = []
    remove: Annotated[list[Tag], Field(max_length=20)] = []


class FleetDeviceTagOut(Schema):
    """Tags of each device before and after."""

    before: dict[str, list[str]]
    after: dict[str, list[str]]


class FleetDeviceListIn(Schema):
    """Filters; those left out do not filter."""

    text: str = Field(
        default="", max_length=100, description="Part of the name, address, serial or model."
    )
    kind: DeviceKind | None = Field(default=None, description="Family of the device.")
    site: str = Field(
        default="", max_length=300, description="Path of a place, with all that is under it."
    )
    tag: str = Field(default="", max_length=50, description="One tag that the device has.")
    liveness: Liveness | None = Field(default=None, description="Whether it answers.")
    offset: int = Field(default=0, ge=0, le=100_000, description="How many to leave out first.")
    limit: int = Field(default=50, ge=1, le=200, description="How many devices at most.")


class FleetDeviceRow(Schema):
    """A device and the last thing known about it; `age_seconds` says how old that is."""

    id: UUID
    name: str
    kind: str
    site: str
    address: str
    model: str
    firmware: str
    tags: list[str]
    liveness: str
    reason: str
    seen_at: datetime | None
    age_seconds: float | None
    summary: dict[str, Any]


class FleetDeviceListOut(Schema):
    """One page, and how many there are in all."""

    devices: list[FleetDeviceRow]
    total: int


class FleetDeviceImportIn(Schema):
    """A CSV text with a heading line, as `fleet.device.export` writes it.

    With `valid_only` rows that cannot be taken are left out; without it they stop the import.
    """

    csv: Annotated[str, Field(min_length=1, max_length=1_000_000)]
    valid_only: bool = False


class FleetImportRow(Schema):
    """What becomes of one row: `create`, `unchanged`, or `refused` with the reason."""

    line: int
    name: str
    verdict: str
    reason: str = ""


class FleetDeviceImportOut(Schema):
    """Every row's verdict, and how many devices were registered."""

    created: int
    rows: list[FleetImportRow]


class FleetDeviceExportIn(Schema):
    """`site` limits the export to a subtree."""

    site: Annotated[str, Field(max_length=300)] = ""


class FleetDeviceExportOut(Schema):
    """The devices as CSV; cells that a spreadsheet would run begin with an apostrophe."""

    csv: str
    devices: int


class FleetSiteCreateIn(Schema):
    """A new place under `parent` (a path; `/` is the top)."""

    parent: Annotated[str, Field(pattern=r"^/([a-z0-9_-]{1,40}/)*$", max_length=259)] = "/"
    slug: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    name: Name
    kind: SiteKind


class FleetSiteCreateOut(Schema):
    """The new place."""

    id: UUID
    path: str
    name: str
    kind: str


class FleetCredentialSetIn(Schema):
    """How to log in to a device; which fields there are depends on its driver."""

    device: DeviceName
    secrets: Annotated[
        dict[Annotated[str, Field(max_length=40)], SecretStr], Field(min_length=1, max_length=8)
    ]


class FleetCredentialSetOut(Schema):
    """Which fields are set now; never what is in them."""

    device: UUID
    fields: list[str]
    version: int


class FleetBreakerStatusIn(Schema):
    """Which device's breaker; all tripped ones when left out."""

    device: DeviceName | None = None


class FleetBreakerRow(Schema):
    """How a breaker stands. `failures` are those in a row."""

    device: UUID
    name: str
    state: str
    failures: int
    successes: int
    opened_at: datetime | None
    tries_at: datetime | None


class FleetBreakerStatusOut(Schema):
    """The breaker asked about, or all that are not closed."""

    breakers: list[FleetBreakerRow]


class FleetBreakerResetIn(Schema):
    """Which device's breaker to close."""

    device: DeviceName


class FleetBreakerResetOut(Schema):
    """How the breaker stood before and stands now."""

    before: str
    after: str


class FleetStopSetIn(Schema):
    """Where nothing may be written to devices any more: a place, the tenant (`/`), or all there is.

    `everywhere` covers every tenant of this plane; only who runs it may say so.
    """

    site: StopPath = "/"
    everywhere: bool = Field(
        default=False, description="Every tenant of this plane; for who runs it."
    )


class FleetStop(Schema):
    """An emergency stop. `place` says in words what it covers."""

    stop: UUID
    place: str
    reason: str
    set_at: datetime
    set_by: str


class FleetStopSetOut(FleetStop):
    """The stop that stands now, and whether this call set it."""

    created: bool


class FleetStopLiftIn(Schema):
    """Which stop."""

    stop: UUID


class FleetStopLiftOut(Schema):
    """The stop that is over."""

    stop: UUID
    place: str
    lifted_at: datetime


class FleetStopListIn(Schema):
    """Nothing is needed."""


class FleetStopListOut(Schema):
    """The stops in force that cover anything the caller may see."""

    stops: list[FleetStop]


class FleetSummaryGetIn(Schema):
    """Nothing is needed."""


class FleetSummaryGetOut(Schema):
    """Counts of what the caller may see; up to two minutes old."""

    total: int
    by_kind: dict[str, dict[str, int]]
    by_liveness: dict[str, int]
    busy: int
    sites: int
