"""What a session has subscribed to, where every process finds it."""

from typing import Final

import redis
import structlog

from apps.kernel.valkey import valkey_here
from apps.mcp.session.opening import LIFE

log = structlog.get_logger(__name__)

_AWAY: Final = (redis.RedisError, OSError)


async def uris_of(session: str) -> set[str] | None:
    """The addresses; None while Valkey is away."""
    try:
        found = await valkey_here().smembers(_key(session))
    except _AWAY as error:
        log.warning("subscriptions not read", error=str(error))
        return None
    return {one.decode() if isinstance(one, bytes) else one for one in found}


async def add(session: str, uri: str) -> None:
    """Keep an address."""
    try:
        async with valkey_here().pipeline() as pipe:
            pipe.sadd(_key(session), uri)
            pipe.expire(_key(session), LIFE)
            await pipe.execute()
    except _AWAY as error:
        log.warning("subscription not written", error=str(error))


async def discard(session: str, uri: str) -> None:
    """Keep an address no longer."""
    try:
        await valkey_here().srem(_key(session), uri)
    except _AWAY as error:
        log.warning("subscription not written", error=str(error))


async def forget(session: str) -> None:
    """Keep nothing of a session."""
    try:
        await valkey_here().delete(_key(session))
    except _AWAY as error:
        log.warning("subscriptions not forgotten", error=str(error))


def _key(session: str) -> str:
    return f"mcp:session:uris:{session}"
