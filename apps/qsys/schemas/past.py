"""Inputs and outputs of the operations on what a Core was."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.operations.core import Schema
from apps.qsys.schemas.fields import DEVICE, Patterns, Scalar, patterns


class QsysStateAtIn(Schema):
    """Which Core, which of its controls, and when."""

    device: str = DEVICE
    at: AwareDatetime = Field(description="The moment, with its offset from UTC.")
    components: Patterns = patterns("Code Names")
    controls: Patterns = patterns("control names")
    cursor: int | None = Field(
        default=None,
        ge=1,
        lt=2**31,
        description="`cursor` of the answer before.",
    )
    limit: int = Field(default=500, ge=1, le=5_000, description="How many controls at most.")


class QsysStateThen(Schema):
    """A control at an instant."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    known: bool = Field(description="False: nobody had looked yet, so its value is not known.")
    value: Scalar = Field(description="What it was, in its own unit; null: not known.")
    string: str = Field(description="As the Core wrote it; empty: not known, or a meter.")
    position: float | None = Field(description="Place on its range, 0 to 1; null: not known.")
    since: AwareDatetime | None = Field(
        description="Since when it had been so; null: longer than is kept. Where it was not known: "
        "when it first was."
    )


class QsysStateAtOut(Schema):
    """Controls at an instant, by name; those that were never seen are left out."""

    device: UUID = Field(description="Id of the Core.")
    at: AwareDatetime = Field(description="The instant asked for.")
    states: list[QsysStateThen] = Field(description="Controls, by component and name.")
    cursor: int | None = Field(description="Give it back for the next page; null: there is none.")


class QsysStateCompareIn(Schema):
    """Which Core, which of its controls, and which two instants."""

    device: str = DEVICE
    at: AwareDatetime = Field(description="The earlier moment, with its offset from UTC.")
    until: AwareDatetime | None = Field(
        default=None, description="The later moment; now if left out."
    )
    components: Patterns = patterns("Code Names")
    controls: Patterns = patterns("control names")
    limit: int = Field(default=500, ge=1, le=5_000, description="How many differences at most.")


class QsysStateDifference(Schema):
    """A control that was not the same at both instants."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    known_before: bool = Field(description="False: nobody had looked at it before.")
    before: Scalar = Field(description="What it was, in its own unit; null: not known.")
    before_string: str = Field(description="The same as the Core wrote it.")
    after: Scalar = Field(description="What it was later.")
    after_string: str = Field(description="The same as the Core wrote it.")
    changed_at: AwareDatetime | None = Field(
        description="Its last change between them; null: none was stored."
    )
    cause: str = Field(
        description="operation, schedule, device, first (seen), or away (changed unseen)."
    )
    actor: str = Field(description="Who changed it through us; else empty.")


class QsysStateCompareOut(Schema):
    """What differs, by name; meters are left out, as they never rest."""

    device: UUID = Field(description="Id of the Core.")
    at: AwareDatetime = Field(description="The earlier instant.")
    until: AwareDatetime = Field(description="The later instant.")
    differences: list[QsysStateDifference] = Field(description="What differs, by name.")
    more: bool = Field(description="Whether there are more differences than were asked for.")
