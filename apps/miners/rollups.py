"""Makes minutes of samples, hours of minutes, and sums by place of both."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from apps.kernel import clock
from apps.kernel.advisory import alone
from apps.miners.models.rollup import RollupMark

#: The advisory lock of whoever makes them; any constant of our own.
LOCK: Final = 0x6D_72_6F_6C
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
#: Samples come late by the poller's flush; so much is made again, and an hour waits as long.
AGAIN: Final = timedelta(minutes=2)
#: After a longer pause only so much is made up for: days before have no partition of their own.
FARTHEST: Final = timedelta(days=1)
_ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)

_OF_MINERS: Final = """
INSERT INTO {into} AS held (device_id, at, samples, terahash, terahash_least, terahash_most,
    watts, chip_c)
{rows}
ON CONFLICT (device_id, at) DO UPDATE SET samples = excluded.samples,
    terahash = excluded.terahash, terahash_least = excluded.terahash_least,
    terahash_most = excluded.terahash_most, watts = excluded.watts, chip_c = excluded.chip_c
WHERE held.samples <> excluded.samples
"""
_SAMPLES: Final = """
SELECT device_id, date_bin('1 minute', at, %(origin)s), count(*), avg(terahash), min(terahash),
    max(terahash), avg(watts), max(chip_c)
FROM miners_minersample WHERE at >= %(start)s AND at < %(end)s GROUP BY 1, 2
"""
_MINUTES: Final = """
SELECT device_id, date_bin('1 hour', at, %(origin)s), sum(samples),
    sum(terahash * samples) / sum(samples), min(terahash_least), max(terahash_most),
    sum(watts * samples) / sum(samples), max(chip_c)
FROM miners_minute WHERE at >= %(start)s AND at < %(end)s GROUP BY 1, 2
"""
_OF_PLACES: Final = """
INSERT INTO {into} (tenant_id, site_path, at, miners, terahash, watts, chip_c)
{rows}
ON CONFLICT (tenant_id, site_path, at) DO UPDATE SET miners = excluded.miners,
    terahash = excluded.terahash, watts = excluded.watts, chip_c = excluded.chip_c
"""
_BY_PLACE: Final = """
SELECT device.tenant_id, device.site_path, made.at, count(*), sum(made.terahash),
    sum(made.watts), max(made.chip_c)
FROM miners_minute AS made JOIN fleet_device AS device ON device.id = made.device_id
WHERE made.at >= %(start)s AND made.at < %(end)s GROUP BY 1, 2, 3
"""
_BY_PLACE_AND_HOUR: Final = """
SELECT tenant_id, site_path, date_bin('1 hour', at, %(origin)s), max(miners), avg(terahash),
    avg(watts), max(chip_c)
FROM miners_place_minute WHERE at >= %(start)s AND at < %(end)s GROUP BY 1, 2, 3
"""
STEPS: Final[dict[str, tuple[timedelta, tuple[str, ...]]]] = {
    "minute": (
        MINUTE,
        (
            _OF_MINERS.format(into="miners_minute", rows=_SAMPLES),
            _OF_PLACES.format(into="miners_place_minute", rows=_BY_PLACE),
        ),
    ),
    "hour": (
        HOUR,
        (
            _OF_MINERS.format(into="miners_hour", rows=_MINUTES),
            _OF_PLACES.format(into="miners_place_hour", rows=_BY_PLACE_AND_HOUR),
        ),
    ),
}


def rollups_make() -> int:
    """Make what is over by now; how many rows were written.

    The last minutes are made again, so repeating it does no harm; of several at once one works.
    Samples that come later than that (a database that was away for long) stay samples.
    """
    with transaction.atomic():
        if not alone(LOCK):
            return 0
        now = clock.now()
        return _made("minute", now, AGAIN) + _made("hour", now - AGAIN, timedelta(0))


def floor(moment: datetime, step: timedelta) -> datetime:
    """The start of the step that a moment lies in."""
    return moment - (moment - _ORIGIN) % step


def _made(name: str, until: datetime, again: timedelta) -> int:
    step, statements = STEPS[name]
    end = floor(until, step)
    mark = RollupMark.objects.filter(step=name).first()
    earliest = floor(end - FARTHEST, step)
    start = max(floor(mark.until - again, step), earliest) if mark else earliest
    if start >= end:
        return 0
    span: dict[str, Any] = {"start": start, "end": end, "origin": _ORIGIN}
    written = 0
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, span)
            written += max(0, cursor.rowcount)
    RollupMark.objects.update_or_create(step=name, defaults={"until": end})
    return written
