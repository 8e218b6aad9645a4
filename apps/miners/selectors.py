"""Reads of miners: history for charts, and the images that can be installed."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import connection

from apps.fleet.models import Device, DeviceStatus
from apps.kernel.actor import Actor
from apps.miners.models import FirmwareImage, ImageState, Miner
from apps.miners.models.firmware import ImageRows
from apps.miners.models.miner import MinerRows

_SERIES = """
SELECT date_bin(make_interval(secs => %(step)s), at, %(start)s) AS bin,
       avg(terahash), avg(watts)
FROM miners_minersample
WHERE device_id = %(device)s AND at >= %(start)s AND at < %(stop)s
GROUP BY bin ORDER BY bin
"""


@dataclass(frozen=True, slots=True)
class Point:
    """Means over one bin that begins at `at`: TH/s and watts."""

    at: datetime
    terahash: float
    watts: float


def series(device: Device, start: datetime, stop: datetime, points: int = 300) -> list[Point]:
    """History of a miner the caller was given, in at most `points` bins of whole seconds."""
    step = max(1, ceil((stop - start).total_seconds() / max(1, points)))
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, {"step": step, "device": device.id, "start": start, "stop": stop})
        return [Point(at, float(rate), float(watts)) for at, rate, watts in cursor.fetchall()]


def miners(actor: Actor) -> MinerRows:
    """Miners in operation that the actor may see, with device and state."""
    rows = Miner.objects.for_actor(actor, "miners.view").filter(device__status=DeviceStatus.ACTIVE)
    return rows.select_related("device", "device__state")


def images(actor: Actor) -> ImageRows:
    """The tenant's firmware images, newest first."""
    return FirmwareImage.objects.for_actor(actor, "miners.view")


def installable(actor: Actor) -> ImageRows:
    """Those of them that may be installed, newest first."""
    return images(actor).filter(state=ImageState.PUBLISHED)
