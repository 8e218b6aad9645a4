"""How well the fleet is polled, and how many of its devices answer."""

from datetime import timedelta
from typing import Final

from apps.fleet import beats, shards
from apps.fleet.models import (
    AlertRound,
    Delivery,
    DeliveryState,
    DeviceState,
    DeviceStatus,
    Liveness,
)
from apps.kernel import clock
from apps.operations.health import Finding, Health, HealthCheck

#: Seconds after which a tenant that nobody looked at is late.
LOOKED_WITHIN: Final = 60


def pollers() -> Finding:
    """Every shard with devices has a poller that spoke a short while ago."""
    ages = {f"{key.driver}/{key.number}": age for key, age in shards.holders()}
    silent = sorted(name for name, age in ages.items() if age is None or age > beats.FROZEN_AFTER)
    data = {"shards": {name: None if age is None else round(age, 1) for name, age in ages.items()}}
    if not silent:
        return Finding(Health.OK, f"{len(ages)} shards are polled.", data)
    status = Health.ERROR if len(silent) == len(ages) else Health.DEGRADED
    return Finding(status, f"Nobody polls {', '.join(silent)}.", data)


def devices() -> Finding:
    """How many devices answer, are stale and are lost."""
    rows = DeviceState.objects.filter(device__status=DeviceStatus.ACTIVE)
    counts = {name: rows.filter(liveness=name).count() for name in Liveness.values}
    silent = counts[Liveness.LOST] + counts[Liveness.STALE]
    if not silent:
        return Finding(Health.OK, f"{counts[Liveness.OK]} devices answer.", dict(counts))
    detail = f"{counts[Liveness.LOST]} devices are lost, {counts[Liveness.STALE]} are stale."
    return Finding(Health.DEGRADED, detail, dict(counts))


def alerts() -> Finding:
    """Every tenant was looked at lately, and messages of the last day arrived."""
    late = clock.now() - timedelta(seconds=LOOKED_WITHIN)
    if AlertRound.objects.filter(looked_at__lt=late).exists():
        return Finding(Health.DEGRADED, "Nobody looks for what is wrong.")
    since = clock.now() - timedelta(days=1)
    dead = Delivery.system.filter(state=DeliveryState.DEAD, ended_at__gte=since).count()
    if dead:
        return Finding(Health.DEGRADED, f"{dead} messages about alerts were given up today.")
    return Finding(Health.OK)


HEALTH_CHECKS: tuple[HealthCheck, ...] = (
    HealthCheck("pollers", pollers),
    HealthCheck("devices", devices),
    HealthCheck("alerts", alerts),
)
