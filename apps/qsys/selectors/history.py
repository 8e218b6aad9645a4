"""What controls have been: changes page by page, charts, and the state at a past instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.qsys.models import Control, ControlEvent
from apps.qsys.selectors import present
from apps.qsys.selectors.present import Scalar, scalar
from apps.qsys.telemetry.store import EPOCH, moment

MOST_EVENTS: Final = 1_000
MOST_STATES: Final = 5_000


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


@dataclass(frozen=True, slots=True)
class StateThen:
    """A control at a past instant, and since when it had been so (None: not known)."""

    control: Control
    value: Scalar
    string: str
    position: float | None
    since: datetime | None


def changes(
    actor: Actor,
    device: Device,
    *,
    control: Control | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor | None = None,
    limit: int = 100,
) -> Page:
    """Changes of a device or of one of its controls, newest first, after `cursor`."""
    seen = present.core_device(actor, device.id)
    rows = ControlEvent.objects.filter(device_id=seen.id)
    if control is not None:
        rows = rows.filter(control_id=control.id)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
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


# The last change up to then; else what the next one says it was before; else, when there is no
# change at all, the value it has had since before.
_THEN: Final = """
SELECT control.id,
    coalesce(past.number, future.previous, held.number) AS number,
    coalesce(past.string, future.previous_string, held.string) AS string,
    CASE WHEN past.at IS NOT NULL THEN past.position
         WHEN future.at IS NULL THEN held.position END AS position,
    coalesce(past.at, CASE WHEN future.at IS NULL THEN held.at END) AS since
FROM qsys_control AS control
LEFT JOIN LATERAL (
    SELECT at, number, string, position FROM qsys_event
    WHERE control_id = control.id AND at <= %(then)s ORDER BY at DESC LIMIT 1
) AS past ON true
LEFT JOIN LATERAL (
    SELECT at, previous, previous_string FROM qsys_event
    WHERE past.at IS NULL AND control_id = control.id AND at > %(then)s ORDER BY at LIMIT 1
) AS future ON true
LEFT JOIN qsys_controlvalue AS held ON held.control_id = control.id
    AND past.at IS NULL AND future.at IS NULL AND held.at <= %(then)s
WHERE control.device_id = %(device)s AND NOT control.telemetry
    AND (%(component)s = '' OR control.component = %(component)s)
    AND (past.at IS NOT NULL OR future.previous_string IS NOT NULL OR held.at IS NOT NULL)
ORDER BY control.component, control.name
LIMIT %(limit)s
"""


def state_at(
    actor: Actor, device: Device, then: datetime, *, component: str = "", limit: int = 1_000
) -> list[StateThen]:
    """What the controls of a device were at `then`; those not known by then are left out.

    Telemetry has no state; ask `series` for it.
    """
    seen = present.core_device(actor, device.id)
    arguments: dict[str, Any] = {
        "then": then,
        "device": seen.id,
        "component": component,
        "limit": max(1, min(limit, MOST_STATES)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_THEN, arguments)
        found = cursor.fetchall()
    by_id = Control.system.in_bulk([row[0] for row in found])
    return [_then(by_id[row[0]], row[1:]) for row in found if row[0] in by_id]


def _then(control: Control, row: tuple[Any, ...]) -> StateThen:
    number, string, position, since = row
    return StateThen(control, scalar(control, number, string), string, position, since)


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
