"""What a stream sends of an event, and who may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from apps.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the stream: transaction, then row. Resuming there misses and repeats nothing."""

    tx: int
    id: int

    def __str__(self) -> str:
        return f"{self.tx}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Reads what `str` wrote; raises ValueError for anything else."""
        tx, dash, number = text.partition("-")
        if not (dash and tx.isascii() and tx.isdigit() and number.isascii() and number.isdigit()):
            raise ValueError(f"{text[:40]!r} is not a position in the event stream")
        return cls(int(tx), int(number))


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event ready to be sent: encoded once, filtered for each reader."""

    position: Position
    at: datetime
    type: str
    tenant_id: UUID | None
    site_path: str
    device_id: UUID | None
    permission: str
    payload: dict[str, Any]
    text: str

    def visible_to(self, actor: Actor) -> bool:
        """Whether `actor` may see this event."""
        if self.tenant_id is not None and self.tenant_id != actor.tenant_id:
            return False
        return actor.may_at(self.permission, self.site_path, self.device_id)


def encode(
    position: Position,
    *,
    at: datetime,
    type: str,
    device_id: UUID | None,
    payload: dict[str, Any],
) -> str:
    """The JSON text every reader of this event gets."""
    body = {"id": str(position), "type": type, "at": at, "device_id": device_id, "data": payload}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
