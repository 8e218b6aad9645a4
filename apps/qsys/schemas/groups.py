"""Inputs and outputs of the operations on callers' change groups."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from apps.operations.core import Schema
from apps.qsys.schemas.fields import COMPONENT, DEVICE, Scalar

Name = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
GROUP = Field(min_length=1, max_length=100, description="Name of the group; it is yours alone.")
CONTROLS = Field(min_length=1, max_length=200, description="Names of the component's controls.")


class QsysGroupIn(Schema):
    """Which of the caller's groups."""

    group: str = GROUP


class QsysGroupMembersIn(QsysGroupIn):
    """Controls of one component, or named controls."""

    component: str | None = COMPONENT
    controls: list[Name] = CONTROLS


class QsysGroupCreateIn(QsysGroupIn):
    """A group on one Core, with its first controls if they are given."""

    device: str = DEVICE
    component: str | None = COMPONENT
    controls: list[Name] = Field(
        default=[], max_length=200, description="Names of the component's controls; may be none."
    )


class QsysGroupOut(Schema):
    """The group as it is now."""

    group: str = Field(description="Its name.")
    device: UUID = Field(description="Id of its Core.")
    controls: int = Field(description="How many controls are in it.")
    expires_at: datetime = Field(description="When it goes, unless one of your groups is used.")


class QsysGroupDestroyOut(Schema):
    """The group that is gone."""

    group: str = Field(description="Name that it had.")


class QsysGroupListIn(Schema):
    """Nothing is asked: a caller's groups are its own."""


class QsysGroupListOut(Schema):
    """The caller's groups, by name."""

    groups: list[QsysGroupOut] = Field(description="Your groups, by name.")


class QsysGroupPollIn(QsysGroupIn):
    """Which group, and whether to tell what has not changed as well."""

    show_all: bool = Field(default=False, description="True: all controls, changed or not.")
    wait: float = Field(
        default=0,
        ge=0,
        le=5,
        description="Seconds to wait for a change where there is none yet; polls by itself.",
    )


class QsysGroupChange(Schema):
    """One control as it is now."""

    component: str | None = Field(description="Code Name; null: a named control.")
    control: str = Field(description="Name of the control.")
    value: Scalar = Field(description="In its own unit; null: unknown.")
    string: str = Field(description="As the Core writes it.")
    position: float | None = Field(description="Place on its range, 0 to 1; null: none.")


class QsysGroupPollOut(Schema):
    """What changed since the caller's last poll of the group; the first poll tells all.

    Watched controls are told as the plane last heard them, which was at `seen_at`; the others
    were asked of the Core for this answer.
    """

    group: str = Field(description="Its name.")
    device: UUID = Field(description="Id of its Core.")
    changes: list[QsysGroupChange] = Field(description="Controls that changed, as they are now.")
    controls: int = Field(description="How many controls are in the group.")
    asked: int = Field(description="How many of them no watch covers, so the Core was asked.")
    seen_at: datetime | None = Field(description="When the Core was last heard; null: never.")
