"""Inputs and outputs of the operations on rollouts."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.fleet.rollouts.rules import PhaseRules
from apps.fleet.schemas.fields import DeviceName, Name
from apps.operations.core import Schema

RolloutId = Annotated[UUID, Field(description="Id of the rollout.")]
#: Most devices of one rollout.
MOST_DEVICES = 20_000


class FleetRolloutCreateIn(Schema):
    """A new rollout: what is done, to whom, and in which phases. Nothing is begun yet."""

    name: Annotated[Name, Field(description="What people call it.")]
    operation: Annotated[
        str,
        Field(
            max_length=80,
            description="The operation that each device gets, such as miners.firmware.upgrade.",
        ),
    ]
    input: Annotated[
        dict[str, Any],
        Field(description="That operation's input, without `device`."),
    ] = {}
    devices: Annotated[
        list[DeviceName], Field(max_length=MOST_DEVICES, description="Ids or names, in order.")
    ] = []
    site: Annotated[
        str, Field(max_length=300, description="Every device at this place and below it.")
    ] = ""
    tag: Annotated[str, Field(max_length=50, description="Only devices with this tag.")] = ""
    kind: Annotated[str, Field(max_length=10, description="Only devices of this kind.")] = ""
    phases: Annotated[
        list[PhaseRules],
        Field(
            max_length=20,
            description="In order; empty means one canary, a look by a person, then the rest.",
        ),
    ] = []

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        chosen = bool(self.site or self.tag or self.kind)
        if bool(self.devices) == chosen:
            raise ValueError("give devices, or a choice by site, tag and kind")
        return self


class FleetRolloutIn(Schema):
    """Which rollout."""

    rollout: RolloutId


class FleetRolloutStartIn(FleetRolloutIn):
    """Which rollout, and when it may begin."""

    not_before: datetime | None = Field(
        default=None, description="Start at this time (with its zone); null is now."
    )

    @model_validator(mode="after")
    def _has_a_zone(self) -> Self:
        if self.not_before is not None and self.not_before.tzinfo is None:
            raise ValueError("not_before needs its time zone, such as 2026-05-01T02:00:00Z")
        return self


class FleetRolloutResumeIn(FleetRolloutIn):
    """Which rollout, and whether what went wrong so far is accepted."""

    accept_failures: bool = Field(
        default=False,
        description="True goes on after a threshold: the bad ends so far count no more.",
    )
    ignore_windows: bool = Field(
        default=False,
        description="True, in an emergency: ignore windows and freezes. Needs a reason.",
    )


class FleetRolloutCancelIn(FleetRolloutIn):
    """Which rollout, and how it is stopped."""

    hard: bool = Field(
        default=False,
        description="False: start no further device. True: also stop those under way at their next "
        "safe point.",
    )


class FleetRolloutRollbackIn(FleetRolloutIn):
    """Which rollout is taken back."""


class FleetRolloutGetIn(FleetRolloutIn):
    """Which rollout, and which of its devices are listed."""

    state: Annotated[
        str, Field(max_length=15, description="Only devices in this state; empty for all.")
    ] = ""
    limit: int = Field(default=50, ge=0, le=500, description="How many devices to list.")
    after: int = Field(default=-1, ge=-1, description="`next` of the page before.")


class FleetRolloutMember(Schema):
    """One device of a rollout."""

    device: UUID = Field(description="Id of the device.")
    name: str = Field(description="Name of the device.")
    phase: int = Field(description="Number of its phase, from 0.")
    state: str = Field(description="queued, running, unknown, or how it ended.")
    detail: str = Field(description="Why, in one sentence.")
    job: UUID | None = Field(description="Job of the newest attempt; null before it.")


class FleetRolloutPhase(Schema):
    """One phase, and how its devices stand."""

    number: int = Field(description="Its place, from 0.")
    name: str = Field(description="What it is called.")
    state: str = Field(description="pending, running, soaking, gate, passed, failed or skipped.")
    sentence: str = Field(description="How it stands, in one sentence.")
    rules: dict[str, Any] = Field(description="Its frozen rules, as they were given.")
    total: int = Field(description="Devices of this phase.")
    queued: int = Field(description="Devices not begun with.")
    running: int = Field(description="Devices under way, those being asked included.")
    good: int = Field(description="Devices that are done.")
    bad: int = Field(description="Devices that went wrong or are being asked what is true.")
    neutral: int = Field(description="Devices left out or cancelled before anything was begun.")
    soak_until: datetime | None = Field(description="Watched until; null outside a soak.")


class FleetRolloutMovedOut(Schema):
    """Where a rollout stands after a wish; fleet.rollout.get tells the rest."""

    rollout: UUID = Field(description="Id of the rollout.")
    name: str = Field(description="What people call it.")
    state: str = Field(description="Where it stands now.")
    cause: str = Field(description="Why it is paused; empty when it is not.")
    sentence: str = Field(description="How it stands, in one sentence.")


class FleetRolloutOut(Schema):
    """A rollout as it stands now."""

    rollout: UUID = Field(description="Id of the rollout.")
    name: str = Field(description="What people call it.")
    operation: str = Field(description="What each device gets.")
    input: dict[str, Any] = Field(description="That operation's input, secrets hidden.")
    state: str = Field(description="Where it stands; awaiting_approval needs a second person.")
    cause: str = Field(description="Why it is paused; empty when it is not.")
    sentence: str = Field(description="How it stands, in one sentence.")
    total: int = Field(description="Devices in all.")
    phases: list[FleetRolloutPhase] = Field(description="Its phases, in order.")
    takes_back: UUID | None = Field(description="The rollout that this one takes back.")
    created_by: str = Field(description="Who planned it.")
    created_at: datetime = Field(description="When it was planned.")
    started_at: datetime | None = Field(description="When it began; null before.")
    finished_at: datetime | None = Field(description="When it ended; null before.")
    members: list[FleetRolloutMember] = Field(description="Some of its devices, in order.")
    next: int | None = Field(description="Send as after for the next ones; null at the end.")
