"""What schedules take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from apps.jobs.models import Schedule
from apps.operations.core import Schema

Name = Annotated[
    str, Field(min_length=1, max_length=100, description="Name of the schedule, unique.")
]
ScheduleId = Annotated[UUID, Field(description="Id of the schedule.")]
Overlap = Annotated[
    Literal["skip", "queue"],
    Field(description="While the previous run is not over: skip this one, or queue it."),
]
CatchUp = Annotated[
    Literal["skip", "once"],
    Field(description="Runs missed while the plane was down: skip them, or run once."),
]
Cron = Annotated[str, Field(max_length=100, description="Five fields, as in '30 6 * * *'.")]
Zone = Annotated[str, Field(max_length=64, description="IANA time zone of the cron fields.")]
Jitter = Annotated[int, Field(ge=0, le=3600, description="Start up to so many seconds later.")]


class JobsScheduleCreateIn(Schema):
    """Which operation with which input, and when."""

    name: Name
    operation: str = Field(
        max_length=100, description="Name of the operation, such as qsys.control.set."
    )
    input: dict[str, Any] = Field(
        default={}, description="The operation's input, as a call would give it."
    )
    cron: Cron
    time_zone: Zone = "UTC"
    overlap: Overlap = "skip"
    catch_up: CatchUp = "skip"
    jitter_seconds: Jitter = 0
    enabled: bool = Field(default=True, description="False: keep it, but do not run it yet.")


class JobsScheduleUpdateIn(Schema):
    """Which schedule, and what changes; what is left out stays.

    Whoever changes a schedule becomes its owner: it runs under their rights from then on.
    """

    schedule: ScheduleId
    name: Name | None = None
    input: dict[str, Any] | None = Field(
        default=None, description="The operation's whole input: it replaces the old one."
    )
    cron: Cron | None = None
    time_zone: Zone | None = None
    overlap: Overlap | None = None
    catch_up: CatchUp | None = None
    jitter_seconds: Jitter | None = None


class JobsScheduleDeleteIn(Schema):
    """Which schedule."""

    schedule: ScheduleId


class JobsSchedulePauseIn(Schema):
    """Which schedule."""

    schedule: ScheduleId


class JobsScheduleResumeIn(Schema):
    """Which schedule."""

    schedule: ScheduleId


class JobsSchedulePreviewIn(Schema):
    """When a schedule of these fields would run."""

    cron: Cron
    time_zone: Zone = "UTC"
    count: int = Field(default=5, ge=1, le=50, description="How many runs to show.")


class JobsSchedulePreviewOut(Schema):
    """The next runs, in UTC."""

    runs: list[datetime] = Field(description="The next runs, in UTC.")


class JobsScheduleOut(Schema):
    """A schedule as it stands now (or stood)."""

    schedule: UUID = Field(description="Id of the schedule.")
    name: str = Field(description="Its name.")
    operation: str = Field(description="What it runs.")
    input: dict[str, Any] = Field(description="With which input, without secrets.")
    cron: str = Field(description="When: five fields.")
    time_zone: str = Field(description="IANA time zone of the cron fields.")
    overlap: str = Field(description="When the run before is not over: skip or queue.")
    catch_up: str = Field(description="Runs that were missed: skip or once.")
    jitter_seconds: int = Field(description="Start up to so many seconds later.")
    enabled: bool = Field(description="False: it is paused.")
    next_run_at: datetime | None = Field(description="Its next run; null: it is paused.")
    last_run_at: datetime | None = Field(description="Its last run; null: none yet.")
    last_verdict: str = Field(description="How the last run ended; empty: none yet.")
    last_detail: str = Field(description="What the last run had to say; else empty.")


def view(schedule: Schedule) -> JobsScheduleOut:
    """A row as callers see it."""
    return JobsScheduleOut(
        schedule=schedule.id,
        name=schedule.name,
        operation=schedule.operation,
        input=schedule.input,
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        overlap=schedule.overlap,
        catch_up=schedule.catch_up,
        jitter_seconds=schedule.jitter_seconds,
        enabled=schedule.enabled,
        next_run_at=schedule.next_run_at,
        last_run_at=schedule.last_run_at,
        last_verdict=schedule.last_verdict,
        last_detail=schedule.last_detail,
    )
