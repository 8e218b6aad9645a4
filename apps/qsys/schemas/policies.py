"""Inputs and outputs of the operations on control policies and emergency locks."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from apps.kernel import windows
from apps.kernel.permissions import is_permission
from apps.operations.core import Schema

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=300)]
WindowText = Annotated[str, StringConstraints(min_length=1, max_length=60)]
PLACE_DEVICE = Field(
    default=None,
    min_length=1,
    max_length=100,
    description="Id or name of one Core; leave it out for all Cores of the site.",
)
PLACE_SITE = Field(
    default="/",
    max_length=300,
    description="Path of a place, with all that is under it; / is the whole tenant.",
)
UNLESS = Field(
    default="",
    max_length=60,
    description="A permission, such as qsys.administer: whoever holds it is not bound.",
)


class QsysPlaceIn(Schema):
    """Where something holds: on one Core, or on all Cores of a place."""

    device: str | None = PLACE_DEVICE
    site: str = PLACE_SITE

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.device is not None and self.site != "/":
            raise ValueError("give a device or a site, not both")
        return self


class QsysPolicySaveIn(QsysPlaceIn):
    """A policy to make, or to change where the place has one of that name.

    It has to demand something: protected, a step, a range, a reason or a second person.
    """

    name: str = Field(min_length=1, max_length=100, description="Name of the policy.")
    note: str = Field(
        default="", max_length=500, description="Why it is there; told to whoever it refuses."
    )
    tag: str = Field(default="", max_length=50, description="Only Cores that have this tag.")
    component: str = Field(
        default="*",
        max_length=300,
        description="Pattern of Code Names (* ? [abc]), case ignored, of banks, mixers and players "
        "too; blank is named controls.",
    )
    controls: list[Pattern] = Field(
        default=["*"],
        min_length=1,
        max_length=100,
        description="Patterns of control names. Slots of a bank are load.N and save.N, outputs of "
        "a player output.N, zones of pages zone.N or zone.NAME.",
    )
    protected: bool = Field(default=False, description="True: these may not be changed at all.")
    max_step: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="How far a number may move in one call, in its own unit such as dB; a ramp "
        "counts with where it ends.",
    )
    minimum: float | None = Field(
        default=None, allow_inf_nan=False, description="Least value that may be set."
    )
    maximum: float | None = Field(
        default=None, allow_inf_nan=False, description="Greatest value that may be set."
    )
    require_reason: bool = Field(default=False, description="True: a change needs a reason.")
    second_person: bool = Field(
        default=False, description="True: a change is planned, and granted by a second person."
    )
    unless: str = UNLESS
    windows: list[WindowText] = Field(
        default=[],
        max_length=20,
        description="When it is in force, such as 'mon-fri 20:00-23:30' or 'daily 22:00-06:00'; "
        "empty for always.",
    )
    outside: bool = Field(
        default=False, description="True: in force outside of the windows, not within them."
    )
    time_zone: str = Field(
        default="UTC", max_length=64, description="IANA time zone of the windows."
    )
    enabled: bool = Field(default=True, description="False: keep it, but let it bind nobody.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        demands = (self.protected, self.require_reason, self.second_person)
        limits = (self.max_step, self.minimum, self.maximum)
        if not any(demands) and all(one is None for one in limits):
            raise ValueError(
                "the policy demands nothing; give protected, max_step, minimum, maximum, "
                "require_reason or second_person"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is greater than maximum; nothing could be set")
        return self

    @model_validator(mode="after")
    def _reads_well(self) -> Self:
        if self.unless and not is_permission(self.unless):
            raise ValueError(f"{self.unless!r} is no permission; write one as qsys.configure")
        if self.outside and not self.windows:
            raise ValueError("outside needs windows; without them the policy would never hold")
        for one in self.windows:
            windows.parse(one)
        return self


class QsysPolicySaveOut(Schema):
    """The policy as it is now; it binds from the next call on."""

    policy: UUID = Field(description="Id of the policy.")
    place: str = Field(description="Where it holds, in words.")
    created: bool = Field(description="False where a policy of that name was changed.")
    in_force: bool = Field(description="Whether it binds at this moment.")


class QsysPolicyDeleteIn(Schema):
    """Which policy to take away."""

    policy: UUID = Field(description="Id of the policy, as the list of policies shows it.")


class QsysPolicyDeleteOut(Schema):
    """The policy that binds nobody any more."""

    policy: UUID = Field(description="Id that the policy had.")
    name: str = Field(description="Name that the policy had.")


class QsysLockSetIn(QsysPlaceIn):
    """Where nobody may write to Cores any more, until the lock is cleared."""

    unless: str = Field(
        default="qsys.administer",
        max_length=60,
        description="The permission whose holders may still write; blank for nobody.",
    )

    @model_validator(mode="after")
    def _is_permission(self) -> Self:
        if self.unless and not is_permission(self.unless):
            raise ValueError(f"{self.unless!r} is no permission; write one as qsys.administer")
        return self


class QsysLockSetOut(Schema):
    """The lock that stands now."""

    lock: UUID = Field(description="Id of the lock.")
    place: str = Field(description="What it covers, in words.")
    created: bool = Field(description="False where the place was locked already.")


class QsysLockClearIn(Schema):
    """Which lock to end."""

    lock: UUID = Field(description="Id of the lock, as the list of policies shows it.")


class QsysLockClearOut(Schema):
    """The lock that is gone; policies bind as before."""

    lock: UUID = Field(description="Id that the lock had.")
    place: str = Field(description="What it covered, in words.")
