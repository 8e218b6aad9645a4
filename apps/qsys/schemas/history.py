"""Inputs and outputs of the operations on stored changes and watches."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from apps.operations.core import Schema
from apps.qsys.schemas.fields import COMPONENT, DEVICE, Patterns, Scalar, patterns


class QsysEventListIn(Schema):
    """Which changes: of a Core or some of its controls, newest first, page by page, or counted."""

    device: str = DEVICE
    component: str | None = COMPONENT
    control: str | None = Field(
        default=None, max_length=1000, description="Name of one control; leave it out for all."
    )
    components: Patterns = patterns("Code Names")
    controls: Patterns = patterns("control names")
    causes: list[Literal["operation", "schedule", "device", "first", "away"]] = Field(
        default=[], max_length=5, description="Only these causes; empty for all."
    )
    actor: str = Field(
        default="",
        max_length=150,
        description="Exact name of whoever changed it through this plane.",
    )
    since: AwareDatetime | None = Field(
        default=None, description="From this time on; when counting, a day ago if left out."
    )
    until: AwareDatetime | None = Field(default=None, description="Before this time.")
    group_by: Literal["control", "component", "cause", "actor", "minute", "hour"] | None = Field(
        default=None, description="Count by this instead of listing."
    )
    cursor: str | None = Field(
        default=None,
        max_length=40,
        description="`cursor` of the answer before.",
    )
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.")


class QsysEventOut(Schema):
    """One change. `cause` is device, operation, schedule, first or away (unseen until then)."""

    at: AwareDatetime = Field(description="When it was seen.")
    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    value: Scalar = Field(description="What it became, in its own unit.")
    string: str = Field(description="As the Core wrote it.")
    position: float | None = Field(description="Place on its range, 0 to 1; null: none.")
    previous: Scalar = Field(description="What it was; null: not known.")
    cause: str = Field(
        description="operation, schedule, device, first (seen), or away (changed unseen)."
    )
    actor: str = Field(description="Who changed it through us; else empty.")
    call_id: UUID | None = Field(description="Call that changed it; null: none of ours.")
    design_code: str = Field(description="Design that ran.")


class QsysEventGroup(Schema):
    """Changes that have something in common."""

    key: str = Field(description="What they share; a time: its start.")
    changes: int = Field(description="How many.")
    first: AwareDatetime = Field(description="The first of them.")
    last: AwareDatetime = Field(description="The last of them.")


class QsysEventListOut(Schema):
    """Changes, newest first; with a `cursor` there are more. Or groups, the largest first."""

    device: UUID = Field(description="Id of the Core.")
    events: list[QsysEventOut] = Field(description="Changes, newest first; grouped: empty.")
    groups: list[QsysEventGroup] = Field(
        default=[], description="Largest first; minutes and hours newest first."
    )
    cursor: str | None = Field(description="Give it back for the next page; null: there is none.")


class QsysWatchSetIn(Schema):
    """A watch to make, or to change where the Core has one of that name."""

    device: str = DEVICE
    name: str = Field(min_length=1, max_length=60, description="Name of the watch.")
    component: str = Field(
        default="*",
        max_length=300,
        description="Pattern of Code Names (* ? [abc]); blank for named controls.",
    )
    controls: list[Annotated[str, StringConstraints(min_length=1, max_length=300)]] = Field(
        default=["*"],
        min_length=1,
        max_length=100,
        description="Patterns of control names; exact names where the component is blank.",
    )
    rate_hz: float = Field(default=10.0, ge=0.01, le=33.0, description="Polls a second.")
    deadband: float = Field(
        default=0.0, ge=0, description="How far a number must move to count, in its own unit."
    )
    every_tick: bool = Field(
        default=False, description="Keep a sample of every poll (telemetry only)."
    )
    storage: Literal["auto", "events", "telemetry"] = Field(
        default="auto",
        description="events: each change with its cause. telemetry: values that never rest, such "
        "as meters. auto: chosen by what the controls are.",
    )
    enabled: bool = Field(default=True, description="False: keep the watch, but do not poll.")


class QsysWatchDeleteIn(Schema):
    """Which watch of a Core to take away."""

    device: str = DEVICE
    name: str = Field(min_length=1, max_length=60, description="Name of the watch.")


class QsysWatchDeleteOut(Schema):
    """The watch is gone; what was stored stays."""

    device: UUID = Field(description="Id of the Core.")
    watch: UUID = Field(description="Id that the watch had.")
    left: int = Field(description="Watches that the Core still has; 0: nothing is polled.")


class QsysWatchSetOut(Schema):
    """The watch as it is now; the poller follows within seconds."""

    device: UUID = Field(description="Id of the Core.")
    watch: UUID = Field(description="Id of the watch.")
    created: bool = Field(description="True: it is new. False: it was changed.")
