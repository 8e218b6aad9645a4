"""How well the plane itself is: stores, broker, disk, memory and the process."""

from typing import Any, Final, cast

import psutil
from celery import current_app
from django.conf import settings
from django.db import connection

from apps.kernel import clock
from apps.kernel.valkey import valkey
from apps.operations.health import Finding, Health, HealthCheck
from apps.ops import process
from apps.ops.metrics import hit_ratio

WARN_PERCENT: Final = 85.0
CRITICAL_PERCENT: Final = 95.0
#: Messages of ticks older than a second or two expire, so a queue this long means no worker.
LONG_QUEUE: Final = 100
QUEUES: Final = ("jobs", "ticks", "pollers")
SLOW_LOOP_SECONDS: Final = 0.5
STUCK_LOOP_SECONDS: Final = 5.0
BROKER_SECONDS: Final = 2


def graded(value: float, warn: float, critical: float) -> Health:
    """ok below `warn`, degraded from there, error from `critical` on."""
    if value >= critical:
        return Health.ERROR
    return Health.DEGRADED if value >= warn else Health.OK


def database() -> Finding:
    """Whether PostgreSQL answers, how fast, and how many of its connections are taken."""
    started = clock.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
            " WHERE backend_type = 'client backend'"
        )
        used, most = cursor.fetchone()
    took = (clock.monotonic() - started) * 1000
    status = graded(used * 100 / most, WARN_PERCENT, CRITICAL_PERCENT)
    detail = "" if status is Health.OK else f"{used} of {most} connections are taken."
    return Finding(status, detail, {"latency_ms": round(took, 2), "connections": used})


def cache() -> Finding:
    """Whether Valkey answers, and how often the cache had what was wanted."""
    started = clock.monotonic()
    valkey().ping()
    took = (clock.monotonic() - started) * 1000
    ratio = hit_ratio()
    data: dict[str, Any] = {"latency_ms": round(took, 2)}
    if ratio is not None:
        data["hit_rate"] = round(ratio, 4)
    return Finding(Health.OK, "", data)


def broker() -> Finding:
    """Whether Celery's messages can be sent, and whether somebody takes them."""
    with current_app.connection_for_write() as link:
        link.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        client = cast(Any, link.default_channel).client
        waiting = {queue: int(client.llen(queue)) for queue in QUEUES}
    long = [queue for queue, count in waiting.items() if count >= LONG_QUEUE]
    detail = f"Nobody takes the messages of {', '.join(long)}." if long else ""
    return Finding(Health.DEGRADED if long else Health.OK, detail, {"waiting": waiting})


def disk() -> Finding:
    """How full the disk of the state directory is."""
    usage = psutil.disk_usage(str(existing_state_dir()))
    status = graded(usage.percent, WARN_PERCENT, CRITICAL_PERCENT)
    detail = "" if status is Health.OK else f"The disk is {usage.percent:.0f} % full."
    return Finding(status, detail, {"used_percent": usage.percent, "free_bytes": usage.free})


def existing_state_dir() -> Any:
    """The state directory, or its nearest parent that is there."""
    path = settings.CONFIG.state_dir.absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def memory() -> Finding:
    """How full the machine's memory is, and this process's part of it."""
    machine = psutil.virtual_memory()
    status = graded(machine.percent, WARN_PERCENT, CRITICAL_PERCENT)
    detail = "" if status is Health.OK else f"The memory is {machine.percent:.0f} % full."
    data = {
        "used_percent": machine.percent,
        "available_bytes": machine.available,
        "process_bytes": process.usage().rss,
    }
    return Finding(status, detail, data)


def this_process() -> Finding:
    """The CPU of this process, and how late its event loop is."""
    found = process.usage()
    lag = found.loop_lag or 0.0
    status = graded(lag, SLOW_LOOP_SECONDS, STUCK_LOOP_SECONDS)
    detail = "" if status is Health.OK else f"The event loop runs {lag:.1f} s late."
    data: dict[str, Any] = {"cpu_percent": found.cpu_percent}
    if found.loop_lag is not None:
        data["loop_lag_seconds"] = round(found.loop_lag, 4)
    return Finding(status, detail, data)


HEALTH_CHECKS: Final = (
    HealthCheck("database", database),
    HealthCheck("cache", cache),
    HealthCheck("broker", broker),
    HealthCheck("disk", disk),
    HealthCheck("memory", memory),
    HealthCheck("process", this_process),
)
