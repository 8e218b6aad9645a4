"""What has a status now, beside what was last written down of it: one look, no Core is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from apps.qsys.inventory.codes import code_of
from apps.qsys.inventory.spells import Said

#: Bytes of text that a spell keeps.
TEXT_MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as it is now, and its open spell. `now` is None for one that is gone, `held` for
    one without an open spell. `control_id` is that of a component whose changes are events.
    """

    device_id: UUID
    kind: str
    component: str
    control: str
    control_id: int | None
    now: Said | None
    item_id: UUID | None
    held: Said | None


# A Core that is lost is missing, one that reboots is initializing; what it had said of its
# components stands. Its own status has no time of change of its own, so the moment counts in
# which it was found. Only what differs from the open spell is answered.
_NEWS: Final = """
WITH present AS (
    SELECT core.device_id, 'core' AS kind, '' AS component, '' AS control, NULL::int AS control_id,
        CASE state.liveness WHEN 'lost' THEN 4 WHEN 'rebooting' THEN 5
            ELSE core.status_code END::float8 AS number,
        CASE WHEN state.liveness IN ('lost', 'rebooting') THEN state.reason
            ELSE core.status END AS string,
        CASE WHEN state.liveness IN ('lost', 'rebooting') THEN state.lost_at END AS at
    FROM qsys_core AS core
    JOIN fleet_device AS device ON device.id = core.device_id AND device.status = 'active'
    LEFT JOIN fleet_devicestate AS state ON state.device_id = core.device_id
    WHERE core.status_code BETWEEN 0 AND 5
    UNION ALL
    SELECT partner.device_id, 'partner', '', '', NULL::int,
        CASE partner.state WHEN '' THEN 4 ELSE 0 END,
        CASE partner.state WHEN '' THEN partner.reason ELSE partner.state END, partner.state_at
    FROM qsys_coreend AS partner
    JOIN fleet_device AS device ON device.id = partner.device_id AND device.status = 'active'
    WHERE partner.side = 'partner' AND partner.state_at IS NOT NULL
    UNION ALL
    SELECT control.device_id, 'component', control.component, control.name,
        CASE WHEN NOT control.telemetry THEN control.id END,
        value.number, value.string, value.at
    FROM qsys_control AS control
    JOIN qsys_core AS core
        ON core.device_id = control.device_id AND core.design_code = control.design_code
    JOIN fleet_device AS device ON device.id = core.device_id AND device.status = 'active'
    JOIN qsys_controlvalue AS value ON value.control_id = control.id
    WHERE (control.name = 'status' OR control.name LIKE '%%.status')
        AND control.type NOT IN ('Boolean', 'Trigger', 'State Trigger')
), held AS (
    SELECT item.device_id, item.kind, item.component, item.control,
        item.id AS item_id, spell.id AS spell_id, spell.code, spell.text, spell.began
    FROM qsys_inventoryitem AS item
    LEFT JOIN qsys_inventoryspell AS spell ON spell.item_id = item.id AND spell.ended IS NULL
)
SELECT device_id, kind, component, control, present.control_id, present.number,
    left(present.string, %(most)s), present.at, present.device_id IS NOT NULL,
    held.item_id, held.spell_id, held.code, held.text, held.began
FROM present FULL JOIN held USING (device_id, kind, component, control)
WHERE CASE WHEN present.device_id IS NULL THEN held.spell_id IS NOT NULL
    ELSE held.spell_id IS NULL OR present.number IS DISTINCT FROM held.code
        OR left(present.string, %(most)s) IS DISTINCT FROM held.text END
"""
_CHANGES: Final = """
SELECT at, number, string FROM qsys_event
WHERE control_id = %s AND at > %s AND at <= %s ORDER BY at DESC LIMIT %s
"""
#: Changes of one item between two looks that are followed; of more, the newest.
CHANGES_MOST: Final = 200


def news(moment: datetime) -> Iterator[Seen]:
    """Every item that is not as its open spell says, `moment` being now."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"most": TEXT_MOST})
        rows = cursor.fetchall()
    for row in rows:
        if (seen := _seen(row, moment)) is not None:
            yield seen


def between(seen: Seen, held: Said, now: Said) -> list[Said]:
    """What a component said since its open spell began, as far as its changes were stored."""
    if seen.control_id is None:
        return [now]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [seen.control_id, held.at, now.at, CHANGES_MOST])
        rows = cursor.fetchall()
    said = [
        Said(at, code, text[:TEXT_MOST])
        for at, number, text in rows
        if (code := code_of(number, text)) is not None
    ]
    return [*said, now]


def _seen(row: tuple[Any, ...], moment: datetime) -> Seen | None:
    device_id, kind, component, control, control_id, number, string, at, present = row[:9]
    item_id, spell_id, code, text, began = row[9:]
    held = None if spell_id is None else Said(began, code, text)
    now = _now(number, string, at or moment) if present else None
    if (now is None and held is None) or (now and held and _alike(now, held)):
        return None
    return Seen(device_id, kind, component, control, control_id, now, item_id, held)


def _now(number: float | None, string: str | None, at: datetime) -> Said | None:
    """What it says; None for a control that only looks like a status by its name."""
    code = code_of(number, string or "")
    return None if code is None else Said(at, code, string or "")


def _alike(one: Said, other: Said) -> bool:
    return (one.code, one.text) == (other.code, other.text)
