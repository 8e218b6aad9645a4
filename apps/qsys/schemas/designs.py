"""Inputs and outputs of the operations on what Cores run, and on what they should run."""

from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from apps.operations.core import Schema
from apps.qsys.schemas.fields import DEVICE
from apps.qsys.schemas.inventory import CORE, SITE


class QsysDesignListIn(Schema):
    """Which Cores; what is left out lets everything through."""

    device: str | None = CORE
    site: str = SITE
    drifted: bool | None = Field(
        default=None, description="True: only those that drifted. False: only the others."
    )
    design: str = Field(default="", max_length=200, description="Part of a design's name.")
    cursor: str | None = Field(
        default=None, max_length=100, description="From the answer before, to go on there."
    )
    limit: int = Field(default=100, ge=1, le=1_000, description="How many Cores at most.")


class QsysDesignPinned(Schema):
    """What a Core is expected to run; blank members say nothing."""

    design: str = Field(description="Name of the design; blank: any.")
    design_code: str = Field(description="Its code, new at each deployment; blank: any.")
    firmware: str = Field(description="Firmware; blank: any.")
    pinned_by: str = Field(description="Who pinned it.")
    pinned_at: AwareDatetime = Field(description="When it was pinned.")


class QsysDesignDrift(Schema):
    """What is wrong with what a Core runs."""

    reasons: list[str] = Field(
        description="pin, pair, site (another version than its neighbours) or firmware."
    )
    detail: str = Field(description="The same in words.")
    since: AwareDatetime = Field(description="When it was found.")


class QsysDesignCore(Schema):
    """What one Core runs."""

    device: UUID = Field(description="Id of the Core.")
    device_name: str = Field(description="Name of the Core.")
    site: str = Field(description="Path of its place.")
    design: str = Field(description="Name of the design.")
    design_code: str = Field(description="Its code, new at each deployment.")
    platform: str = Field(description="Model of the Core, as it says.")
    firmware: str = Field(description="Firmware; blank: nobody told. QRC does not.")
    since: AwareDatetime = Field(description="Since when it runs so.")
    pinned: QsysDesignPinned | None = Field(description="What it should run; null: not pinned.")
    drift: QsysDesignDrift | None = Field(description="What is wrong with it; null: nothing.")


class QsysDesignVersion(Schema):
    """Cores that run the same."""

    design: str = Field(description="Name of the design.")
    design_code: str = Field(description="Its code.")
    platform: str = Field(description="Model.")
    firmware: str = Field(description="Firmware; blank: not known.")
    cores: int = Field(description="How many Cores.")


class QsysDesignListOut(Schema):
    """Cores by name, and what they run counted."""

    cores: list[QsysDesignCore] = Field(description="Cores, by name.")
    versions: list[QsysDesignVersion] = Field(
        description="All that fit, counted by what they run, the most first; 100 at most."
    )
    cursor: str | None = Field(description="Give it back for the next page; null: there is none.")


class QsysDesignHistoryIn(Schema):
    """Which Core."""

    device: str = DEVICE
    limit: int = Field(default=100, ge=1, le=1_000, description="How many runs at most.")


class QsysDesignRun(Schema):
    """A stretch of time on one design and firmware."""

    design: str = Field(description="Name of the design.")
    design_code: str = Field(description="Its code, new at each deployment.")
    platform: str = Field(description="Model of the Core, as it said.")
    firmware: str = Field(description="Firmware; blank: nobody told.")
    began: AwareDatetime = Field(description="When it began.")
    ended: AwareDatetime | None = Field(description="When it ended; null: it runs now.")


class QsysDesignHistoryOut(Schema):
    """What a Core ran, newest first."""

    device: UUID = Field(description="Id of the Core.")
    runs: list[QsysDesignRun] = Field(description="Runs, newest first.")
    more: bool = Field(description="Whether there are older ones than were asked for.")


class QsysDesignPinIn(Schema):
    """What a Core is to run. With neither member it is what runs now, down to the version."""

    device: str = DEVICE
    design: str = Field(default="", max_length=200, description="Name of the design.")
    design_code: str = Field(
        default="", max_length=40, description="Its code; blank: any version of that name."
    )
    firmware: str = Field(default="", max_length=100, description="Firmware; blank: any.")
    release: bool = Field(default=False, description="True: pinned no more.")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.release and (self.design or self.design_code or self.firmware):
            raise ValueError("release takes no design, design_code or firmware")
        return self


class QsysDesignPinOut(Schema):
    """What is pinned now; a drift is found within seconds."""

    device: UUID = Field(description="Id of the Core.")
    pinned: QsysDesignPinned | None = Field(description="What it should run; null: not pinned.")
