"""Gauges of the fleet, counted in the database when they are scraped."""

from collections.abc import Iterator

import redis
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily

from apps.fleet import breaker
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device, DeviceStatus, Liveness

#: Labels name the family only: names of devices and tenants are not for a scraper.
LABELS = ("driver",)
BREAKERS = "device_breaker_open"
GAUGES = {
    "device_up": ("Devices that answer.", Liveness.OK),
    "device_stale": ("Devices whose last reading is old.", Liveness.STALE),
    "device_lost": ("Devices that do not answer.", Liveness.LOST),
    "device_rebooting": ("Devices that are away for a job.", Liveness.REBOOTING),
}


def collect() -> Iterator[GaugeMetricFamily]:
    """device_up, device_stale, device_lost, device_rebooting and device_breaker_open."""
    active = Device.system.filter(status=DeviceStatus.ACTIVE).order_by()
    counted = active.values_list("driver", "state__liveness").annotate(count=Count("id"))
    counts = {(driver, liveness): number for driver, liveness, number in counted}
    drivers = sorted({driver for driver, _ in counts})
    for name, (help_text, liveness) in GAUGES.items():
        gauge = GaugeMetricFamily(name, help_text, labels=LABELS)
        for driver in drivers:
            gauge.add_metric([driver], counts.get((driver, liveness), 0))
        yield gauge
    yield _breakers(dict(active.values_list("id", "driver")), drivers)


def _breakers(driver_of: dict[object, str], drivers: list[str]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(
        BREAKERS, "Devices whose circuit breaker is not closed.", labels=LABELS
    )
    try:
        standing = breaker.standing(driver_of)  # type: ignore[arg-type]  # ids come untyped
    except redis.RedisError:
        return gauge
    tripped = [
        driver_of[one] for one, stands in standing.items() if stands.state != BreakerState.CLOSED
    ]
    for driver in drivers:
        gauge.add_metric([driver], tripped.count(driver))
    return gauge
