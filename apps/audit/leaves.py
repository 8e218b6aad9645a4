"""Audit rows and seals as the plain data that is hashed, signed and exported."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from apps.audit.models import AuditLog, Seal

#: What a leaf of schema 1 is made of. A column added later belongs to a later schema, so that
#: old leaves keep their hash.
FIELDS: Final = (
    "id",
    "tx",
    "at",
    "tenant_id",
    "entry",
    "intent_id",
    "operation",
    "face",
    "actor_kind",
    "actor_id",
    "actor_label",
    "acts_for",
    "credential_id",
    "client",
    "address",
    "object_kind",
    "object_id",
    "object_label",
    "site_path",
    "device_id",
    "verdict",
    "detail",
    "reason",
    "input",
    "before",
    "after",
    "plan_hash",
    "call_id",
    "job_id",
    "request_id",
    "trace_id",
    "duration_ms",
    "schema",
)

_BETWEEN: Final = """
SELECT * FROM audit_auditlog
WHERE (tx, id) > (%s::text::xid8, %s) AND (tx, id) <= (%s::text::xid8, %s)
ORDER BY tx, id
"""

_UNSEALED: Final = """
SELECT * FROM audit_auditlog
WHERE (tx, id) > (%s::text::xid8, %s) AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx, id LIMIT %s
"""

#: Before the first row of all.
START: Final = (0, UUID(int=0))


def data_of(row: AuditLog) -> dict[str, Any]:
    """A row as JSON-ready data."""
    return {name: _plain(getattr(row, name)) for name in FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def seal_data(seal: Seal) -> dict[str, Any]:
    """A seal as JSON-ready data; everything but the signature is signed."""
    return {
        "number": seal.number,
        "at": _plain(seal.at),
        "count": seal.count,
        "first_tx": int(seal.first_tx),
        "first_id": str(seal.first_id),
        "last_tx": int(seal.last_tx),
        "last_id": str(seal.last_id),
        "root": seal.root,
        "previous": seal.previous,
        "key_id": seal.key_id,
        "signature": seal.signature,
    }


def spelled(data: Mapping[str, Any]) -> bytes:
    """Data as the one JSON text that is signed or hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed_part(data: Mapping[str, Any]) -> bytes:
    """What the signature of a seal covers."""
    return spelled({name: value for name, value in data.items() if name != "signature"})


def seal_hash(data: Mapping[str, Any]) -> str:
    """What the next seal says of this one."""
    return hashlib.sha256(spelled(data)).hexdigest()


def end_of(seal: Seal | None) -> tuple[int, UUID]:
    """The last row that a seal covers."""
    return (int(seal.last_tx), seal.last_id) if seal else START


def unsealed(after: tuple[int, UUID], limit: int) -> list[AuditLog]:
    """Rows after a place in commit order, none of which a running transaction may precede."""
    return list(AuditLog.system.raw(_UNSEALED, [str(after[0]), after[1], limit]))


def rows_of(seal: Seal, before: Seal | None) -> Iterator[AuditLog]:
    """Every row there is between the end of the seal before and the end of this one."""
    start, end = end_of(before), end_of(seal)
    yield from AuditLog.system.raw(_BETWEEN, [str(start[0]), start[1], str(end[0]), end[1]])
