"""Putting an event into the outbox, and hinting at it after commit."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import redis
import structlog
from django.db import connection, models, transaction

from apps.events.models import Outbox
from apps.events.types import Event
from apps.kernel.clock import now
from apps.kernel.rows import insert
from apps.kernel.valkey import valkey

HINT_CHANNEL = "cp:events:hint"
#: How long an event can be resumed at.
KEPT: Final = timedelta(days=7)

log = structlog.get_logger(__name__)


def publish(
    event: Event,
    *,
    tenant_id: UUID | None,
    site_path: str = "/",
    device_id: UUID | None = None,
    beside: tuple[models.Model, ...] = (),
) -> None:
    """Write `event` into the running transaction; the hint leaves when it has committed.

    Rows `beside` it tell of the same deed and go in by the same round trip, before it.
    """
    insert(
        *beside,
        Outbox(
            type=event.type,
            tenant_id=tenant_id,
            site_path=site_path,
            device_id=device_id,
            permission=event.permission,
            payload=event.model_dump(mode="json"),
        ),
    )
    if not any(waiting[1] is hint for waiting in connection.run_on_commit):
        transaction.on_commit(hint)


def old_drop() -> int:
    """Delete events past their keeping; a reader that far behind is told what it missed."""
    return Outbox.objects.filter(at__lt=now() - KEPT).delete()[0]


def hint() -> None:
    """Tell the readers to look now; a lost hint costs them at most a second."""
    try:
        valkey().publish(HINT_CHANNEL, b"1")
    except redis.RedisError as error:
        log.warning("event hint not sent", error=str(error))
