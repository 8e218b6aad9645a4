"""Django's cache on the process-wide pool, and the read-through helper that counts hits."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from prometheus_client import Counter

from apps.kernel.valkey import valkey

T = TypeVar("T")

#: Lifetimes in seconds, by the name of what is kept.
LIFETIMES: Final = {"status": 60, "fleet": 120, "credential": 30, "catalogue": 300, "usual": 3_600}

HITS = Counter("mcp_cache_hits_total", "Reads answered from the cache.")
MISSES = Counter("mcp_cache_misses_total", "Reads that had to be computed.")


class _PooledClient(RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return valkey()


class PooledRedisCache(RedisCache):
    """Django's Redis cache without a pool of its own: through a WSGI bridge that one opens a
    connection a request."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _PooledClient


def read_through(kind: str, key: str, compute: Callable[[], T]) -> T:
    """The cached value of `key`, else `compute()` kept for the lifetime named by `kind`."""
    name = f"{kind}:{key}"
    found = cache.get(name)
    if found is not None:
        HITS.inc()
        return found  # type: ignore[no-any-return]  # the cache is untyped
    MISSES.inc()
    value = compute()
    cache.set(name, value, LIFETIMES[kind])
    return value


def forget(kind: str, key: str) -> None:
    """Drop a cached value after a change."""
    cache.delete(f"{kind}:{key}")


def count_up(name: str) -> None:
    """Add one to a number that `cache.get` reads; it begins at nothing and never lapses.

    Django's own `incr` asks first whether the number is there.
    """
    valkey().incr(cache.make_key(name))
