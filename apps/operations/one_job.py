"""At most one open job of an exclusive operation for one device: the next caller is told of it.

The row of the device's target is made by the job's first step; until then only the job's own
row says that the device is spoken for, so calls that come within that moment meet it here.
"""

from typing import Final

from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel.advisory import alone
from apps.kernel.errors import Code, Failure
from apps.operations.admitted import Admitted

#: Keeps these advisory locks apart from any others.
_SPACE: Final = "operations.one_job:"


class DeviceTaken(Failure):
    """Another job of the same operation has the device, or is being accepted for it now."""

    def __init__(self, detail: str) -> None:
        super().__init__(Code.CONFLICT, detail)


def require_only_one(admitted: Admitted) -> None:
    """Raises `DeviceTaken`, unless nothing else is accepted; holds until the transaction ends.

    Nobody waits for the lock: a controller takes several in one transaction.
    """
    operation, subject = admitted.operation, admitted.act().subject
    if not operation.exclusive or subject.device_id is None:
        return
    if not alone(f"{_SPACE}{subject.device_id}"):
        raise DeviceTaken(
            f"Another {operation.name} for {subject.label} is being accepted just now; "
            "look at its job before you ask again."
        )
    rows = Job.system.filter(device_id=subject.device_id, operation=operation.name)
    other = rows.filter(state__in=OPEN).first()
    if other is not None:
        raise DeviceTaken(
            f"{subject.label} is held by job {other.id} ({operation.name}, {other.state}); "
            "wait for it or cancel it."
        )
