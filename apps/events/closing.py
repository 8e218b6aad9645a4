"""Telling the streams of somebody to close: rare messages, sent through the channel layer."""

from typing import Final
from uuid import UUID

import redis
import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

#: The handler of a consumer that gets the message (`live_close`).
CLOSE: Final = "live.close"

log = structlog.get_logger(__name__)


def group_of(user_id: UUID) -> str:
    """The channel group of all streams of a user."""
    return f"live.user.{user_id}"


def close_streams(user_id: UUID, reason: str) -> bool:
    """Ask every stream of the user to look at its rights now, and to close if they are gone.

    False when the layer is away: the streams look by themselves every few seconds.
    """
    layer = get_channel_layer()
    if layer is None:
        return False
    try:
        async_to_sync(layer.group_send)(group_of(user_id), {"type": CLOSE, "reason": reason})
    except (redis.RedisError, OSError) as error:
        log.warning("closing message not sent", error=str(error))
        return False
    return True
