"""Inputs and outputs of the operations on maintenance windows and freezes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from apps.fleet.schemas.fields import Name, StopPath
from apps.kernel import windows
from apps.operations.core import Schema


def _a_window(text: str) -> str:
    windows.parse(text)
    return text.strip().lower()


def _a_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text[:64]!r} is no time zone; write one such as Europe/Prague")
    return text


HoursText = Annotated[
    str, StringConstraints(min_length=1, max_length=60), AfterValidator(_a_window)
]


class FleetWindowSaveIn(Schema):
    """A window or a freeze to make, or to change where the place has one of that name."""

    name: Annotated[Name, Field(description="What people call it.")]
    site: StopPath = "/"
    freeze: bool = Field(
        default=False, description="True: rollouts begin with nothing in it, whatever windows say."
    )
    hours: list[HoursText] = Field(
        default=[],
        max_length=20,
        description="Weekly, such as 'mon-fri 20:00-23:30' or 'daily 22:00-06:00'; else dates.",
    )
    time_zone: Annotated[str, AfterValidator(_a_zone)] = Field(
        default="UTC", max_length=64, description="IANA time zone of the hours."
    )
    starts_at: datetime | None = Field(
        default=None, description="Not before this time, with its zone; null: from now on."
    )
    ends_at: datetime | None = Field(
        default=None, description="Not from this time on, with its zone; null: without end."
    )

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.hours and self.starts_at is None and self.ends_at is None:
            raise ValueError("give hours, or starts_at and ends_at; else it would always hold")
        for moment in (self.starts_at, self.ends_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("times need their time zone, such as 2026-05-01T02:00:00Z")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at is not after starts_at; nothing would lie between")
        return self


class FleetWindow(Schema):
    """A window or a freeze as it stands."""

    window: UUID = Field(description="Id of the window.")
    name: str = Field(description="What people call it.")
    site: str = Field(description="Its place; / is the whole tenant.")
    freeze: bool = Field(description="True: nothing begins in it. False: a window.")
    hours: list[str] = Field(description="Weekly hours; empty: by dates alone.")
    time_zone: str = Field(description="IANA time zone of the hours.")
    starts_at: datetime | None = Field(description="Not before; null: no limit.")
    ends_at: datetime | None = Field(description="Not from then on; null: no limit.")
    reason: str = Field(description="Why it is there.")
    saved_by: str = Field(description="Who saved it last.")
    in_force: bool = Field(description="Whether it holds at this moment.")


class FleetWindowDeleteIn(Schema):
    """Which window or freeze to take away."""

    window: UUID = Field(description="Id of the window, as fleet.window.list shows it.")


class FleetWindowDeleteOut(Schema):
    """The window or freeze that binds nothing any more."""

    window: UUID = Field(description="Id that it had.")
    name: str = Field(description="What it was called.")


class FleetWindowListIn(Schema):
    """Nothing is needed."""


class FleetWindowListOut(Schema):
    """The windows and freezes that the caller may see."""

    windows: list[FleetWindow] = Field(description="By place and name.")
