"""Inputs and outputs of the operations on curtailments."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.miners.curtail.rules import CurtailmentRules
from apps.operations.core import Schema

CurtailmentId = Annotated[UUID, Field(description="Id of the curtailment.")]


class MinersCurtailmentPreviewIn(Schema):
    """How much power a place may draw: give `reduce_kw` or `cap_kw`."""

    site: Annotated[
        str, Field(max_length=300, description="Path of the place; / is the whole tenant.")
    ]
    reduce_kw: float | None = Field(
        default=None, gt=0, le=1_000_000, description="So much less than it draws now, kW."
    )
    cap_kw: float | None = Field(
        default=None, ge=0, le=1_000_000, description="So much at most for all its miners, kW."
    )
    rules: CurtailmentRules = Field(
        default=CurtailmentRules(), description="Tolerance, least times, pace and stages."
    )
    emergency: bool = Field(
        default=False, description="Pause at once: no pace, no least time. Needs a reason."
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.reduce_kw is None) == (self.cap_kw is None):
            raise ValueError("give reduce_kw or cap_kw, and not both")
        if self.site != "/" and not (self.site.startswith("/") and self.site.endswith("/")):
            raise ValueError("site is a path such as /plant/hall-a/")
        return self


class MinersCurtailmentStartIn(MinersCurtailmentPreviewIn):
    """What to keep to, from when and until when, and before whom."""

    name: str = Field(default="", max_length=100, description="What people call it.")
    priority: int = Field(
        default=100, ge=0, le=1_000, description="Of two for one place the higher chooses first."
    )
    not_before: datetime | None = Field(
        default=None, description="Begin at this time (with its zone); null is now."
    )
    until: datetime | None = Field(
        default=None, description="Restore from this time on (with its zone); null: when stopped."
    )
    minutes: int | None = Field(
        default=None, ge=1, le=10_080, description="Instead of until: so long from its begin."
    )

    @model_validator(mode="after")
    def _times(self) -> Self:
        for moment in (self.not_before, self.until):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("times need their zone, such as 2026-05-01T02:00:00Z")
        if self.until is not None and self.minutes is not None:
            raise ValueError("give until or minutes, and not both")
        if self.until and self.not_before and self.until <= self.not_before:
            raise ValueError("until has to be later than not_before")
        return self


class MinersCurtailmentChoice(Schema):
    """A miner that would be paused."""

    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Its name.")
    place: str = Field(description="Where it stands.")
    watts: int = Field(description="What it draws now, W.")
    joule_per_terahash: float | None = Field(
        description="Its efficiency; less is better; null: it yields nothing."
    )


class MinersCurtailmentExcluded(Schema):
    """A miner that is left alone, and why."""

    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Its name.")
    reason: str = Field(description="Why it does not count.")


class MinersCurtailmentPreviewOut(Schema):
    """What would be done now, by the readings of now."""

    site: str = Field(description="Path of the place.")
    before_kw: float = Field(description="What its miners draw now, kW.")
    limit_kw: float = Field(description="What they may draw, kW.")
    after_kw: float = Field(description="What they are expected to draw, kW.")
    reached: bool = Field(description="Whether the limit can be kept within the tolerance.")
    miners: list[MinersCurtailmentChoice] = Field(description="Paused, in this order.")
    excluded: list[MinersCurtailmentExcluded] = Field(description="Left alone, and why.")


class MinersCurtailmentIn(Schema):
    """Which curtailment."""

    curtailment: CurtailmentId


class MinersCurtailmentGetIn(MinersCurtailmentIn):
    """Which curtailment, and how much of it."""

    limit: int = Field(default=100, ge=0, le=1_000, description="Most miners that are listed.")
    points: int = Field(default=0, ge=0, le=2_000, description="Most points of the report.")


class MinersCurtailmentListIn(Schema):
    """Which curtailments."""

    active: bool = Field(default=False, description="Only those that are not over.")
    limit: int = Field(default=20, ge=1, le=200, description="Most that are listed.")


class MinersCurtailment(Schema):
    """Where a curtailment stands."""

    curtailment: CurtailmentId
    name: str = Field(description="What people call it.")
    site: str = Field(description="Path of the place.")
    state: str = Field(description="planned, ramping, holding, restoring, ended or cancelled.")
    sentence: str = Field(description="How it stands, in words.")
    emergency: bool = Field(description="Whether pace and least times are overridden.")
    priority: int = Field(description="Of two for one place the higher chooses first.")
    baseline_kw: float | None = Field(description="What was drawn when it began, kW.")
    limit_kw: float | None = Field(description="What may be drawn, kW.")
    not_before: datetime | None = Field(description="When it begins; null: at once.")
    until: datetime | None = Field(description="When it restores; null: when stopped.")
    started_at: datetime | None = Field(description="When it began.")
    finished_at: datetime | None = Field(description="When all was restored.")


class MinersCurtailedMiner(Schema):
    """One miner of a curtailment."""

    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Its name.")
    state: str = Field(description="Where it stands, such as confirmed.")
    detail: str = Field(description="Why, in words.")
    watts_before: int = Field(description="What it drew before, W.")
    late: bool = Field(description="Whether it did not obey in time, or woke up.")
    job: UUID | None = Field(description="The newest job that switches it.")


class MinersCurtailmentPoint(Schema):
    """One instant of the report."""

    at: datetime = Field(description="When.")
    kw: float = Field(description="What fresh readings say, kW.")
    counted_kw: float = Field(description="With what is not proven counted in full, kW.")
    paused: int = Field(description="How many miners were proven to be paused.")
    late: int = Field(description="How many were late, awake or silent.")


class MinersCurtailmentOut(MinersCurtailment):
    """A curtailment with its miners and its report."""

    counts: dict[str, int] = Field(description="How many miners are in each state.")
    unused_kwh: float = Field(description="Energy not used since it began, kWh, by what counted.")
    kept_percent: float | None = Field(
        description="Share of the time since it first held in which the limit was kept, %."
    )
    miners: list[MinersCurtailedMiner] = Field(description="Its miners, in the order chosen.")
    points: list[MinersCurtailmentPoint] = Field(description="Power over time.")


class MinersCurtailmentListOut(Schema):
    """Curtailments, newest first."""

    curtailments: list[MinersCurtailment] = Field(description="Newest first.")
