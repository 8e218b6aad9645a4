"""What controls have been: stored changes, page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.qsys.models import Control, ControlEvent
from apps.qsys.selectors import present
from apps.qsys.selectors.choosing import EVERYTHING, Which, chosen
from apps.qsys.selectors.present import Scalar, scalar
from apps.qsys.telemetry.store import EPOCH, moment

MOST_EVENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place among the changes of one device, newest first; going on there repeats nothing."""

    at: datetime
    control_id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.control_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Reads what `str` wrote; raises `invalid` for anything else."""
        at, _, control = text.partition("-")
        if not (_is_number(at, 17) and _is_number(control, 10)):
            raise invalid("cursor", "is not one that was given out; leave it out to begin anew.")
        return cls(moment(int(at)), int(control))


@dataclass(frozen=True, slots=True)
class Changed:
    """One stored change, with its control."""

    control: Control
    at: datetime
    value: Scalar
    string: str
    position: float | None
    previous: Scalar
    cause: str
    actor: str
    call_id: UUID | None
    design_code: str


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, newest first, and where to go on; None at the end."""

    changes: list[Changed]
    cursor: Cursor | None


def changes(
    actor: Actor,
    device: Device,
    which: Which = EVERYTHING,
    *,
    control: Control | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor | None = None,
    limit: int = 100,
) -> Page:
    """Changes of a device or of one of its controls, newest first, after `cursor`."""
    seen = present.core_device(actor, device.id)
    rows = chosen(seen, which, control=control, since=since, until=until)
    if cursor is not None:
        # The first condition lets the index begin at the cursor, the second is exact.
        rows = rows.filter(at__lte=cursor.at)
        rows = rows.filter(Q(at__lt=cursor.at) | Q(control_id__lt=cursor.control_id))
    wanted = max(1, min(limit, MOST_EVENTS))
    found = list(rows.order_by("-at", "-control_id")[: wanted + 1])
    more = len(found) > wanted
    page = found[:wanted]
    end = Cursor(page[-1].at, page[-1].control_id) if more else None
    return Page(_with_controls(page), end)


def _with_controls(rows: list[ControlEvent]) -> list[Changed]:
    by_id = Control.system.in_bulk({row.control_id for row in rows})
    return [_changed(by_id[row.control_id], row) for row in rows if row.control_id in by_id]


def _changed(control: Control, row: ControlEvent) -> Changed:
    return Changed(
        control=control,
        at=row.at,
        value=scalar(control, row.number, row.string),
        string=row.string,
        position=row.position,
        previous=scalar(control, row.previous, row.previous_string),
        cause=row.cause,
        actor=row.actor,
        call_id=row.call_id,
        design_code=row.design_code,
    )


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
