"""Identifiers: time-ordered UUIDs, so that primary keys are also creation order."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562)."""
    return UUID(int=_uuid7().int)
