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

    component: str
    control: str
    before: QsysReading
    after: QsysReading


class QsysSnapshotLoadOut(Schema):
    """What the recall changed, by the Core's own account.

    `watched` controls were looked at; one that is not exposed may have changed unseen. While a
    ramp still runs, `settled` is false and `after` is where the controls were on their way.
    """

    device: UUID
    bank: str
    slot: int
    watched: int
    changed: int
    differences: list[QsysDifference]
    settled: bool


class QsysSnapshotSaveIn(Schema):
    """Into which snapshot to store the present state; what it held is lost."""

    device: str = DEVICE
    bank: str = BANK
    slot: int = SLOT


class QsysSnapshotSaveOut(Schema):
    """The Core took the order."""

    device: UUID
    bank: str
    slot: int
