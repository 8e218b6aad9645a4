"""One pool of Valkey connections a process, shared by cache, limits, leases and publishing."""

import os
from functools import cache

import redis
from django.conf import settings


@cache
def _pool(url: str, _pid: int) -> redis.ConnectionPool:
    return redis.ConnectionPool.from_url(
        url, socket_timeout=2.0, socket_connect_timeout=2.0, health_check_interval=30
    )


def valkey() -> redis.Redis:
    """A client on this process's pool (a forked child gets a pool of its own)."""
    url = settings.CONFIG.redis_url.get_secret_value()
    return redis.Redis(connection_pool=_pool(url, os.getpid()))
