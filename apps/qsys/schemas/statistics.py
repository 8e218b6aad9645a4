"""Input and output of the operation on the figures of Cores."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.operations.core import Schema
from apps.qsys.schemas.inventory import CORE, SITE


class QsysCoreStatisticsIn(Schema):
    """Of which Cores, and of when."""

    device: str | None = CORE
    site: str = SITE
    since: AwareDatetime | None = Field(
        default=None, description="From then, in steps of five minutes; left out: a day ago."
    )
    until: AwareDatetime | None = Field(default=None, description="Until then; left out: now.")
    talkers: int = Field(
        default=10, ge=0, le=200, description="How many of the controls that changed most."
    )
    limit: int = Field(default=100, ge=1, le=2_000, description="How many Cores at most.")


class QsysStatisticsFigures(Schema):
    """Counts over the range."""

    changes: int = Field(description="Changes stored.")
    changes_per_second: float = Field(description="The same a second, on average.")
    samples: int = Field(description="Samples of meters stored.")
    samples_per_second: float = Field(description="The same a second, on average.")
    dropped: int = Field(description="Changes and samples seen and not stored.")
    thinned: int = Field(description="Samples of which only figures a second were stored.")
    missed: int = Field(description="Polls that were not made in time.")


class QsysStatisticsCore(Schema):
    """One Core over the range."""

    device: UUID = Field(description="Id of the Core.")
    device_name: str = Field(description="Name of the Core.")
    site: str = Field(description="Path of its place.")
    figures: QsysStatisticsFigures = Field(description="Its counts.")
    known_seconds: int = Field(description="Seconds of the range of which its status is known.")
    up_seconds: int = Field(description="Seconds of those in which it was not missing.")
    uptime_percent: float | None = Field(description="Share of up; null: nothing is known.")
    flaps: int = Field(description="How often it went missing.")


class QsysStatisticsTalker(Schema):
    """A control that changes often."""

    device: UUID = Field(description="Id of the Core.")
    device_name: str = Field(description="Name of the Core.")
    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    changes: int = Field(description="Changes stored in the range.")
    changes_per_minute: float = Field(description="The same a minute, on average.")


class QsysCoreStatisticsOut(Schema):
    """Figures from counts of five minutes each."""

    since: AwareDatetime = Field(description="Start of the range, at a step.")
    until: AwareDatetime = Field(description="Its end.")
    counted_until: AwareDatetime | None = Field(
        description="Until when it is counted; null: nothing is yet."
    )
    total: QsysStatisticsFigures = Field(description="All Cores that fit, together.")
    cores: list[QsysStatisticsCore] = Field(description="Cores, the most changes first.")
    talkers: list[QsysStatisticsTalker] = Field(
        description="Controls with the most changes of all Cores that fit."
    )
    more: bool = Field(description="Whether there are more Cores than were asked for.")
