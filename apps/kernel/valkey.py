"""Connections to Valkey: one pool a process for threads, one client a loop for what awaits."""

import asyncio
import os
from contextlib import suppress
from functools import cache
from typing import Final
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

#: Seconds within which Valkey answers, or counts as away.
ANSWER_SECONDS: Final = 2.0


@cache
def _client(url: str, _pid: int) -> redis.Redis:
    pool = redis.ConnectionPool.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=30,
    )
    return redis.Redis(connection_pool=pool)


def valkey() -> redis.Redis:
    """The client of this process; a forked child makes its own.

    Making one costs 200 µs, more than most calls on it.
    """
    return _client(settings.CONFIG.redis_url.get_secret_value(), os.getpid())


_here: WeakKeyDictionary[asyncio.AbstractEventLoop, "redis.asyncio.Redis"] = WeakKeyDictionary()


def valkey_here() -> "redis.asyncio.Redis":
    """The client of the running loop. One try more on a new connection, and at once: a Valkey
    that was started again is not away."""
    loop = asyncio.get_running_loop()
    found = _here.get(loop)
    if found is None:
        found = _here[loop] = redis.asyncio.Redis.from_url(
            settings.CONFIG.redis_url.get_secret_value(),
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
    return found


async def close_here() -> None:
    """Close the client of the running loop; a later `valkey_here` makes another."""
    found = _here.pop(asyncio.get_running_loop(), None)
    if found is not None:
        with suppress(redis.RedisError, OSError):
            await found.aclose()
