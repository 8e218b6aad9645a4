"""Inputs and outputs of the operations on pages and paging zones."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from apps.operations.core import Schema
from apps.qsys.models import PageStage
from apps.qsys.schemas.fields import DEVICE

Zone = Annotated[int, Field(ge=0, le=100_000)] | Annotated[str, StringConstraints(min_length=1)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=200)]
#: Seconds that a voice page lasts at most where nothing else is said.
VOICE_SECONDS = 300


class QsysPageSubmitIn(Schema):
    """A page: who speaks or what plays, and where it is heard."""

    device: str = DEVICE
    mode: Literal["live", "delay", "auto", "message"] = Field(
        description="live voice, delay (recorded, then played), auto (live if zones are free), "
        "or message."
    )
    zones: list[Zone] = Field(
        default=[], max_length=500, description="Zones by number or name, as qsys.zone.list says."
    )
    tags: list[Tag] = Field(
        default=[], max_length=100, description="Tags of zones; each stands for all that bear it."
    )
    priority: int = Field(
        default=3, ge=1, le=100, description="1 is the highest; it takes zones from lower ones."
    )
    station: str = Field(
        default="", max_length=200, description="Paging station that is spoken at; not for message."
    )
    message: str = Field(
        default="", max_length=500, description="File on the Core to play; for mode message."
    )
    preamble: str = Field(
        default="", max_length=500, description="File to play before, such as a chime."
    )
    description: str = Field(default="", max_length=200, description="What it is, for people.")
    queue: int = Field(
        default=30,
        ge=-1,
        le=86_400,
        description="Seconds to wait for busy zones; 0 for ever, -1 not at all.",
    )
    longest: int | None = Field(
        default=None,
        ge=0,
        le=86_400,
        description="Seconds it may last; 0 for any. Left out: 300 for a voice, any for a message.",
    )

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not self.zones and not self.tags:
            raise ValueError("a page needs zones or tags; qsys.zone.list tells which there are")
        if self.mode == "message" and (not self.message or self.station):
            raise ValueError("mode message needs the message to play, and no station")
        if self.mode != "message" and (not self.station or self.message):
            raise ValueError(f"mode {self.mode} needs the station spoken at, and no message")
        return self

    @property
    def seconds(self) -> int:
        """How long it may last; 0 for any time."""
        if self.longest is not None:
            return self.longest
        return 0 if self.mode == "message" else VOICE_SECONDS


class QsysPageSubmitOut(Schema):
    """How the page ended.

    `unseen` was on the air and then was not, and nobody could be told how it ended; `unknown`
    was never seen on the air.
    """

    device: UUID = Field(description="Id of the Core.")
    page: UUID = Field(description="Id of the page.")
    number: int | None = Field(description="The Core's own number for it; null: never told.")
    zones: list[str] = Field(description="Names of its zones.")
    ending: str = Field(description="success, cancel, timeout, unseen or unknown.")
    words: str = Field(description="The same in words.")


class QsysPageStopIn(Schema):
    """Which page to end, and how."""

    page: UUID = Field(description="Id of the page, as qsys.page.list tells it.")
    cancel: bool = Field(
        default=False,
        description="True: drop it. False: end the speaking; what was recorded still goes out.",
    )


class QsysPageStopOut(Schema):
    """The Core took the order; the page's list and its job tell how it ended."""

    device: UUID = Field(description="Id of the Core.")
    page: UUID = Field(description="Id of the page.")
    asked: str = Field(description="stop or cancel.")


class QsysPageListIn(Schema):
    """Whose pages, and whether those that are over as well."""

    device: str | None = Field(
        default=None, min_length=1, max_length=100, description="The Core's id or name; else all."
    )
    over: bool = Field(default=False, description="True: those that are over as well.")
    limit: int = Field(default=50, ge=1, le=500, description="How many at most, newest first.")


class QsysPageOut(Schema):
    """One page and where it is."""

    page: UUID = Field(description="Id of the page.")
    device: UUID = Field(description="Id of the Core.")
    job: UUID = Field(description="Job that follows it to its end.")
    number: int | None = Field(description="The Core's own number for it; null: not told yet.")
    mode: str = Field(description="live, delay, auto or message.")
    zones: list[str] = Field(description="Names of its zones.")
    priority: int = Field(description="1 is the highest.")
    source: str = Field(description="The station, or the file that plays.")
    description: str = Field(description="What it is, in its sender's words.")
    state: PageStage = Field(description="Where it is, as the Core last told it.")
    detail: str = Field(description="The Core's sub-state, such as queued, preamble or live.")
    seconds_left: int | None = Field(description="Of a countdown; null: none.")
    ending: str = Field(description="How it ended; blank: it has not.")
    actor: str = Field(description="Who submitted it.")
    submitted_at: datetime = Field(description="When it was submitted.")
    changed_at: datetime = Field(description="When its state last changed.")


class QsysPageListOut(Schema):
    """Pages that were submitted from here, newest first."""

    pages: list[QsysPageOut] = Field(description="Pages, newest first.")


class QsysZoneListIn(Schema):
    """Which Core."""

    device: str = DEVICE


class QsysZoneOut(Schema):
    """One paging zone; whoever pages it, from here or from a station, shows."""

    number: int = Field(description="Its number.")
    name: str = Field(description="Its name.")
    tags: list[str] = Field(description="Tags it bears.")
    busy: bool | None = Field(
        description="Whether a page is on it now; null: the Core does not say."
    )
    page: int | None = Field(description="The Core's number of the page on it; null: none.")
    priority: int | None = Field(description="Priority of that page; null: none, or not told.")
    station: str = Field(description="Where that page comes from; blank: none, or not told.")


class QsysPagePriority(Schema):
    """One priority of the design."""

    number: int = Field(description="1 is the highest.")
    name: str = Field(description="Its name.")


class QsysZoneListOut(Schema):
    """What a page needs to know of the running design, and which zones are busy."""

    device: UUID = Field(description="Id of the Core.")
    zones: list[QsysZoneOut] = Field(description="Zones, by number.")
    priorities: list[QsysPagePriority] = Field(description="Priorities, the highest first.")
    tags: list[str] = Field(description="Tags that stand for zones.")
