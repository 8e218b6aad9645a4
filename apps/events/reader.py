"""Reading the outbox without gaps: in commit order, never past a running transaction."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection

from apps.events.envelope import Envelope, Position, encode

START = Position(0, 0)

_AFTER = """
SELECT tx, id, at, type, tenant_id, site_path, device_id, permission, payload
FROM events_outbox
WHERE (tx, id) > (%s::text::xid8, %s) AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx, id
LIMIT %s
"""

_END = """
SELECT tx, id FROM events_outbox
WHERE tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx DESC, id DESC LIMIT 1
"""

_MISSED = """
SELECT count(*) FROM (
    SELECT 1 FROM events_outbox
    WHERE (tx, id) > (%s::text::xid8, %s) AND (tx, id) <= (%s::text::xid8, %s) LIMIT %s
) AS passed
"""


def after(position: Position, limit: int = 500) -> list[Envelope]:
    """Events after `position`, oldest first. Rows of running transactions wait their turn."""
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [str(position.tx), position.id, limit])
        return [_envelope(row) for row in cursor.fetchall()]


def end() -> Position:
    """The position after which nothing has been committed yet."""
    with connection.cursor() as cursor:
        cursor.execute(_END)
        row = cursor.fetchone()
    return Position(int(row[0]), row[1]) if row else START


def count_between(start: Position, stop: Position, most: int = 10_000) -> int:
    """How many events lie in (start, stop], counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, [str(start.tx), start.id, str(stop.tx), stop.id, most])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _envelope(row: Sequence[Any]) -> Envelope:
    tx, number, at, kind, tenant, path, device, permission, payload = row
    position = Position(int(tx), number)
    data = payload if isinstance(payload, dict) else _decoded(payload)
    text = encode(position, at=at, type=kind, device_id=device, payload=data)
    return Envelope(position, at, kind, tenant, path, device, permission, data, text)


def _decoded(payload: Any) -> dict[str, Any]:
    value = orjson.loads(payload)
    return value if isinstance(value, dict) else {"value": value}
