"""Inputs and outputs of the operations on snapshot banks."""

from uuid import UUID

from pydantic import Field

from apps.operations.core import Schema
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.fields import DEVICE, RAMP

BANK = Field(min_length=1, max_length=1000, description="Name of the snapshot bank.")
SLOT = Field(ge=1, le=1000, description="Number of the snapshot in its bank, from 1.")


class QsysSnapshotLoadIn(Schema):
    """Which snapshot to recall, and how gradually."""

    device: str = DEVICE
    bank: str = BANK
    slot: int = SLOT
    ramp: float = RAMP
    limit: int = Field(
        default=100, ge=0, le=1000, description="Differences to list; all are counted."
    )


class QsysDifference(Schema):
    """One control that a recall changed."""

    component: str = Field(description="Code Name.")
    control: str = Field(description="Name of the control.")
    before: QsysReading = Field(description="How it was.")
    after: QsysReading = Field(description="How it is now.")


class QsysSnapshotLoadOut(Schema):
    """What the recall changed, by the Core's own account.

    `watched` controls were looked at; one that is not exposed may have changed unseen. While a
    ramp still runs, `settled` is false and `after` is where the controls were on their way.
    """

    device: UUID = Field(description="Id of the Core.")
    bank: str = Field(description="Name of the bank.")
    slot: int = Field(description="Number of the snapshot.")
    watched: int = Field(description="Controls looked at; others may have changed unseen.")
    changed: int = Field(description="How many changed.")
    differences: list[QsysDifference] = Field(description="Those that changed, by name.")
    settled: bool = Field(description="False: a ramp still runs.")


class QsysSnapshotSaveIn(Schema):
    """Into which snapshot to store the present state; what it held is lost."""

    device: str = DEVICE
    bank: str = BANK
    slot: int = SLOT


class QsysSnapshotSaveOut(Schema):
    """The Core took the order."""

    device: UUID = Field(description="Id of the Core.")
    bank: str = Field(description="Name of the bank.")
    slot: int = Field(description="Number of the snapshot.")
