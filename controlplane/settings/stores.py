"""PostgreSQL and Valkey as Django, Celery and Channels want them named."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from controlplane.config import Config


def databases(config: Config) -> dict[str, Any]:
    """The one database. Connections live as long as their thread, and are checked."""
    url = urlparse(config.database_url.get_secret_value())
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return {
        "default": {
            "ENGINE": "apps.kernel.postgres",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": query.pop("host", url.hostname or ""),
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 3, **query},
            "TEST": {"NAME": query.pop("test_name", None)},
        }
    }


def caches(config: Config) -> dict[str, Any]:
    """Django's cache on one process-wide pool of Valkey connections."""
    return {
        "default": {
            "BACKEND": "apps.kernel.cache.PooledRedisCache",
            "LOCATION": config.redis_url.get_secret_value(),
            "KEY_PREFIX": "cp",
        }
    }


def channel_layers(config: Config) -> dict[str, Any]:
    """The layer of rare messages (revocation, logout, approval wanted)."""
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [config.redis_url.get_secret_value()],
                "prefix": "cp-channels",
            },
        }
    }


def broker_url(config: Config) -> str:
    """Celery's spelling of the same server."""
    url = config.redis_url.get_secret_value()
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    number = parse_qs(query).get("db", ["0"])[0]
    return f"redis+socket://{path}?virtual_host={number}"
