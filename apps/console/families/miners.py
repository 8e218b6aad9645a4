"""A miner: what the poller last read, and an hour of hash rate and power."""

from datetime import timedelta
from typing import Any, Final

from apps.console.families.show import Reading, Series
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.miners.selectors import series

SPAN: Final = timedelta(hours=1)

#: Summary key, label and unit, in the order an operator looks for them.
READINGS: Final = (
    ("status", "Status", ""),
    ("terahash", "Hash rate", "TH/s"),
    ("terahash_15m", "Hash rate, 15 min", "TH/s"),
    ("watts", "Power", "W"),
    ("power_target_watts", "Power target", "W"),
    ("joule_per_terahash", "Efficiency", "J/TH"),
    ("tuner", "Tuner", ""),
    ("uptime_s", "Up for", "s"),
    ("firmware", "Firmware", ""),
)


def readings(actor: Actor, device: Device) -> tuple[Reading, ...]:
    """The poller's summary, with names and units."""
    state = getattr(device, "state", None)
    summary: dict[str, Any] = state.summary if state is not None else {}
    return tuple(
        Reading(key, label, summary[key], unit)
        for key, label, unit in READINGS
        if summary.get(key) is not None
    )


def history(actor: Actor, device: Device) -> tuple[Series, ...]:
    """Hash rate and power over the last hour."""
    if not actor.may_at("miners.view", device.site_path, device.id):
        return ()
    now = clock.now()
    points = series(device, now - SPAN, now)
    if not points:
        return ()
    times = tuple(point.at.timestamp() for point in points)
    return (
        Series("Hash rate", times, tuple(point.terahash for point in points), "TH/s"),
        Series("Power / 30", times, tuple(point.watts / 30 for point in points), "W / 30"),
    )
