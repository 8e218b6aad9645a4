"""Identifiers: time-ordered UUIDs, so that primary keys are also creation order."""

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7


def moment_of(identifier: UUID) -> datetime:
    """When a UUIDv7 was made (UTC, to the millisecond)."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562)."""
    return uuid7()


def new_text_id() -> str:
    """The same as text, for what is never stored as an id: every request has one."""
    return str(uuid_utils.uuid7())
