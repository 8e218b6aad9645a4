"""Inputs and outputs of the operations on places and emergency stops."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from apps.fleet.models import SiteKind
from apps.fleet.schemas.fields import (
    Name,
    StopPath,
)
from apps.operations.core import Schema


class FleetSiteCreateIn(Schema):
    """A new place under `parent` (a path; `/` is the top)."""

    parent: Annotated[str, Field(pattern=r"^/([a-z0-9_-]{1,40}/)*$", max_length=259)] = Field(
        default="/", description="Path of the place above it; / is the top."
    )
    slug: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] = Field(
        description="Its part of the path."
    )
    name: Name = Field(description="Name of the place, as people read it.")
    kind: SiteKind = Field(description="site, building, room or rack.")


class FleetSiteCreateOut(Schema):
    """The new place."""

    id: UUID = Field(description="Id of the place.")
    path: str = Field(description="Its whole path.")
    name: str = Field(description="Its name.")
    kind: str = Field(description="site, building, room or rack.")


class FleetStopSetIn(Schema):
    """Where nothing may be written to devices any more: a place, the tenant (`/`), or all there is.

    `everywhere` covers every tenant of this plane; only who runs it may say so.
    """

    site: StopPath = "/"
    everywhere: bool = Field(
        default=False,
        description="True: the devices of every tenant. Only for whoever runs the plane.",
    )


class FleetStop(Schema):
    """An emergency stop. `place` says in words what it covers."""

    stop: UUID = Field(description="Id of the stop.")
    place: str = Field(description="What it covers, in words.")
    reason: str = Field(description="Why it was set.")
    set_at: datetime = Field(description="When it was set.")
    set_by: str = Field(description="Who set it.")


class FleetStopSetOut(FleetStop):
    """The stop that stands now, and whether this call set it."""

    created: bool = Field(description="True: this call set it. False: it stood already.")


class FleetStopLiftIn(Schema):
    """Which stop."""

    stop: UUID = Field(description="Id of the stop.")


class FleetStopLiftOut(Schema):
    """The stop that is over."""

    stop: UUID = Field(description="Id of the stop.")
    place: str = Field(description="What it covered, in words.")
    lifted_at: datetime = Field(description="When it was lifted.")


class FleetStopListIn(Schema):
    """Nothing is needed."""


class FleetStopListOut(Schema):
    """The stops in force that cover anything the caller may see."""

    stops: list[FleetStop] = Field(
        description="Stops in force where you may look, the widest first."
    )
