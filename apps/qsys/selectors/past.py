"""The state of a Core at a past instant, and what changed between two; honest where none knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.qsys.models import Control
from apps.qsys.selectors import present
from apps.qsys.selectors.choosing import EVERYTHING, Which, matching
from apps.qsys.selectors.present import Scalar, scalar

MOST_STATES: Final = 5_000


@dataclass(frozen=True, slots=True)
class StateThen:
    """A control at a past instant, and since when it had been so (None: not known).

    Of one that is not `known` then, `since` is when it first was. The `since` of telemetry is
    the second of its last sample.
    """

    control: Control
    value: Scalar
    string: str
    position: float | None
    since: datetime | None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """A control that was not the same at both instants, and its last change between them.

    `before` is None where it was not known yet. `cause` is blank where no change was stored,
    as within a deadband.
    """

    before: StateThen | None
    after: StateThen
    at: datetime | None
    cause: str
    actor: str


# What has not changed since then is as it is now, and costs no look into the past. Else the last
# change or sample up to then; else what the next change says it was before.
_THEN: Final = """
SELECT control.id,
    coalesce(still.number, past.number, sample.last, future.previous) AS number,
    coalesce(still.string, past.string, future.previous_string) AS string,
    coalesce(still.position, past.position) AS position,
    coalesce(still.at, past.at, sample.at,
        CASE WHEN future.previous_string IS NULL THEN future.at END) AS since,
    still.at IS NOT NULL OR past.at IS NOT NULL OR sample.at IS NOT NULL
        OR future.previous_string IS NOT NULL AS known,
    control.component, control.name
FROM qsys_control AS control
LEFT JOIN qsys_controlvalue AS still
    ON still.control_id = control.id AND still.at <= %({then})s
LEFT JOIN LATERAL (
    SELECT at, number, string, position FROM qsys_event
    WHERE still.at IS NULL AND NOT control.telemetry
        AND control_id = control.id AND at <= %({then})s
    ORDER BY at DESC LIMIT 1
) AS past ON true
LEFT JOIN LATERAL (
    SELECT at, last FROM qsys_second
    WHERE still.at IS NULL AND control.telemetry
        AND control_id = control.id AND at <= %({then})s
    ORDER BY at DESC LIMIT 1
) AS sample ON true
LEFT JOIN LATERAL (
    SELECT at, previous, previous_string FROM qsys_event
    WHERE still.at IS NULL AND past.at IS NULL AND NOT control.telemetry
        AND control_id = control.id AND at > %({then})s
    ORDER BY at LIMIT 1
) AS future ON true
WHERE control.device_id = %(device)s
    AND (%(ids)s::int[] IS NULL OR control.id = ANY(%(ids)s))
    AND (still.at IS NOT NULL OR past.at IS NOT NULL OR sample.at IS NOT NULL
        OR future.at IS NOT NULL)
"""
_STATES: Final = f"""
SELECT id, number, string, position, since, known FROM ({_THEN.format(then="then")}) AS one
WHERE %(after)s::int IS NULL
    OR (component, name, id) > (SELECT component, name, id FROM qsys_control WHERE id = %(after)s)
ORDER BY component, name, id LIMIT %(limit)s
"""  # our own text twice; values are parameters  # nosec B608  # noqa: S608
_BETWEEN: Final = f"""
SELECT after.id, after.number, after.string, after.position, after.since, after.known,
    before.number, before.string, before.position, before.since, before.known,
    change.at, change.cause, change.actor
FROM ({_THEN.format(then="then")}) AS before
JOIN ({_THEN.format(then="later")}) AS after USING (id)
JOIN qsys_control AS control ON control.id = after.id AND NOT control.telemetry
LEFT JOIN LATERAL (
    SELECT at, cause, actor FROM qsys_event
    WHERE control_id = after.id AND at > %(then)s AND at <= %(later)s
    ORDER BY at DESC LIMIT 1
) AS change ON true
WHERE after.known AND (before.known, before.number, before.string)
    IS DISTINCT FROM (after.known, after.number, after.string)
ORDER BY after.component, after.name, after.id LIMIT %(limit)s
"""  # the same  # nosec B608  # noqa: S608


def state_at(
    actor: Actor,
    device: Device,
    then: datetime,
    which: Which = EVERYTHING,
    *,
    after: int | None = None,
    limit: int = 1_000,
) -> list[StateThen]:
    """What the controls of a device were at `then`, by name, behind the control `after`.

    Controls of which nothing was ever seen are left out.
    """
    seen = present.core_device(actor, device.id)
    found = _rows(_STATES, seen, which, limit, then=then, after=after)
    by_id = Control.system.in_bulk([row[0] for row in found])
    return [_state(by_id[row[0]], row[1:]) for row in found if row[0] in by_id]


def differences(
    actor: Actor,
    device: Device,
    then: datetime,
    later: datetime,
    which: Which = EVERYTHING,
    *,
    limit: int = 1_000,
) -> list[Difference]:
    """Controls that were not at `later` what they were at `then`, by name; telemetry apart.

    Raises `invalid` for a span without length.
    """
    if not then < later:
        raise invalid("until", "has to be later than at.")
    seen = present.core_device(actor, device.id)
    found = _rows(_BETWEEN, seen, which, limit, then=then, later=later)
    by_id = Control.system.in_bulk([row[0] for row in found])
    return [_difference(by_id[row[0]], row[1:]) for row in found if row[0] in by_id]


def _rows(
    query: str, device: Device, which: Which, limit: int, **values: Any
) -> list[tuple[Any, ...]]:
    ids = matching(device, which) if which.names_controls else None
    wanted = max(1, min(limit, MOST_STATES + 1))
    with connection.cursor() as cursor:
        cursor.execute(query, {"device": device.id, "ids": ids, "limit": wanted, **values})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _difference(control: Control, row: tuple[Any, ...]) -> Difference:
    before = _state(control, row[5:10])
    at, cause, actor = row[10:]
    return Difference(
        before if before.known else None, _state(control, row[:5]), at, cause or "", actor or ""
    )


def _state(control: Control, row: tuple[Any, ...]) -> StateThen:
    number, string, position, since, known = row
    value = scalar(control, number, string) if known else None
    return StateThen(control, value, string or "" if known else "", position, since, known)
