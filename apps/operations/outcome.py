"""How a call ends, other than by a failure."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from apps.kernel.canonical import digest
from apps.kernel.errors import Code


class PlanTarget(BaseModel):
    """One thing a plan would act on."""

    model_config = ConfigDict(frozen=True)
    kind: str
    id: UUID
    label: str


class PlanChange(BaseModel):
    """What would change on one target."""

    model_config = ConfigDict(frozen=True)
    target: UUID
    what: str
    before: Any = None
    after: Any = None


class PlanRefusal(BaseModel):
    """A target that would be left out, and why."""

    model_config = ConfigDict(frozen=True)
    target: UUID
    reason: str


class Plan(BaseModel):
    """What a call would do, before it does it.

    The hash covers targets, changes (without the live reading in `before`) and refusals, so a
    drifting temperature does not void a confirmation but a new target does.
    """

    model_config = ConfigDict(frozen=True)
    targets: tuple[PlanTarget, ...] = ()
    changes: tuple[PlanChange, ...] = ()
    refusals: tuple[PlanRefusal, ...] = ()
    risks: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented form
    @property
    def hash(self) -> str:
        """SHA-256 over what a confirmation is bound to."""
        return digest(
            {
                "targets": sorted(str(target.id) for target in self.targets),
                "changes": sorted(
                    [str(change.target), change.what, str(change.after)] for change in self.changes
                ),
                "refusals": sorted([str(no.target), no.reason] for no in self.refusals),
            }
        )

    @property
    def runnable(self) -> bool:
        """Whether at least one target is not refused."""
        return {no.target for no in self.refusals} < {target.id for target in self.targets}


class Status(StrEnum):
    """Names of the outcomes, as callers see them."""

    OK = "ok"
    PLANNED = "planned"
    ACCEPTED = "accepted"
    NEEDS_CONFIRMATION = "needs_confirmation"
    NEEDS_APPROVAL = "needs_approval"
    ERROR = "error"


class JobLink(BaseModel):
    """Where to follow an accepted call."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    url: str


class ApprovalLink(BaseModel):
    """The request that waits for a second person."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    state: str
    url: str


class Outcome(BaseModel):
    """The body every face returns. Absent members stay absent on the wire."""

    model_config = ConfigDict(frozen=True)
    status: Status
    output: dict[str, Any] | None = None
    plan: Plan | None = None
    confirmation: str | None = None
    expires_at: str | None = None
    job: JobLink | None = None
    approval: ApprovalLink | None = None
    call_id: UUID | None = None
    replayed: bool = Field(default=False, description="The stored answer to the same key.")
    code: str | None = None
    detail: str | None = None

    @classmethod
    def not_done(cls, code: Code, detail: str) -> "Outcome":
        """What `settle` answers when the device says that the change did not happen."""
        return cls(status=Status.ERROR, code=code.value, detail=detail)

    @classmethod
    def done(cls, output: BaseModel) -> "Outcome":
        """What `settle` answers when the device says that the change is true."""
        return cls(status=Status.OK, output=output.model_dump(mode="json"))

    def body(self) -> dict[str, Any]:
        """As JSON-ready data."""
        found = self.model_dump(mode="json", exclude_none=True)
        if not self.replayed:
            found.pop("replayed")
        return found
