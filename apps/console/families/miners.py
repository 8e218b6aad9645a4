"""A miner: what the poller last read, and an hour of hash rate and power."""

from datetime import timedelta
from typing import Any, Final

from django.urls import reverse

from apps.console.families.show import Reading, Series
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.selectors import images, miners, series
from apps.miners.services.archives import archives

SPAN: Final = timedelta(hours=1)
#: The one reading that can be set, and the operation that does.
TARGET: Final = "power_target_watts"
SET: Final = "miners.power.set"
MOST_IMAGES: Final = 200
MOST_ARCHIVES: Final = 10

#: Summary key, label and unit, in the order an operator looks for them; `duration` are seconds
#: that read as hours or days.
READINGS: Final = (
    ("status", "Status", ""),
    ("terahash", "Hash rate", "TH/s"),
    ("terahash_15m", "Hash rate, 15 min", "TH/s"),
    ("watts", "Power", "W"),
    ("power_target_watts", "Power target", "W"),
    ("joule_per_terahash", "Efficiency", "J/TH"),
    ("chip_c", "Hottest chip", "°C"),
    ("tuner", "Tuner", ""),
    ("uptime_s", "Up for", "duration"),
    ("firmware", "Firmware", ""),
)


def readings(actor: Actor, device: Device) -> tuple[Reading, ...]:
    """The poller's summary, with names and units."""
    state = getattr(device, "state", None)
    summary: dict[str, Any] = state.summary if state is not None else {}
    may_set = actor.may_at("miners.operate", device.site_path, device.id)
    return tuple(
        _reading(device, key, label, summary[key], unit, may_set=may_set)
        for key, label, unit in READINGS
        if summary.get(key) is not None
    )


def _reading(
    device: Device, key: str, label: str, value: Any, unit: str, *, may_set: bool
) -> Reading:
    if unit == "duration":
        return Reading(key, label, value, shape=unit)
    settable = may_set and key == TARGET
    form = f"{reverse('console:operation', args=(SET,))}?device={device.id}" if settable else ""
    return Reading(key, label, value, unit, act=form)


def parts(actor: Actor, device: Device) -> dict[str, Any]:
    """Boards, fans and pools as last read, for whoever may look at miners."""
    row = miners(actor).filter(device_id=device.id).first()
    if row is None:
        return {}
    pools = [{**one, "state": pool_state(one)} for one in row.parts.get("pools", ())]
    kept = archives(actor).filter(device_id=device.id, expires_at__gt=clock.now())
    return {
        "miner": row,
        "boards": row.parts.get("boards", ()),
        "pools": pools,
        "archives": kept[:MOST_ARCHIVES],
    }


def pool_state(pool: dict[str, Any]) -> str:
    """How a pool stands, as its badge names it."""
    if not pool.get("enabled"):
        return "off"
    if not pool.get("alive"):
        return "dead"
    return "active" if pool.get("active") else "alive"


def history(actor: Actor, device: Device) -> tuple[Series, ...]:
    """Hash rate and power over the last hour."""
    if not actor.may_at("miners.view", device.site_path, device.id):
        return ()
    now = clock.now()
    points = series(device, now - SPAN, now)
    if not points:
        return ()
    times = tuple(point.at.timestamp() for point in points)
    terahash = tuple(point.terahash for point in points)
    watts = tuple(float(point.watts) for point in points)
    span = SPAN.total_seconds()
    return (
        Series("Hash rate", times, terahash, "TH/s", "terahash", span),
        Series("Power", times, watts, "W", "watts", span),
    )


def image_choices(actor: Actor) -> tuple[tuple[str, str], ...]:
    """The firmware images that may be installed or published, by id, newest first."""
    if not actor.may("miners.view"):
        return ()
    rows = images(actor).filter(state__in=(ImageState.PUBLISHED, ImageState.VERIFIED))
    return tuple((str(one.id), _image(one)) for one in rows[:MOST_IMAGES])


def _image(one: FirmwareImage) -> str:
    models = ", ".join(one.device_models)
    words = f"{one.version} for {models}" if models else one.version
    return words if one.state == ImageState.PUBLISHED else f"{words} (not published)"
