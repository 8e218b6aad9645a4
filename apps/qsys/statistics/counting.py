"""Counts what was stored in the last minutes into rows of five, so that nobody has to scan it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from apps.fleet.models import DeviceKind, DeviceState, DeviceStatus
from apps.kernel import clock
from apps.kernel.advisory import alone
from apps.qsys.models import TALLY_SECONDS, TallyMark

#: The advisory lock of whoever counts; any constant of our own.
LOCK: Final = 0x71_73_74_61
STEP: Final = timedelta(seconds=TALLY_SECONDS)
#: Rows come late by the writer's delay and what waited on disk: so much is counted again.
AGAIN: Final = STEP
#: After a longer pause only so much is made up for: days before have no partition of their own.
FARTHEST: Final = timedelta(days=1)
COUNTERS: Final = ("dropped", "thinned", "missed")
_ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)

# Driven by Core, so that each is one range of its index and no day is read whole.
_CONTROLS: Final = """
INSERT INTO qsys_control_tally AS held (device_id, at, control_id, changes)
SELECT core.device_id, found.bin, found.control_id, found.changes
FROM qsys_core AS core
JOIN LATERAL (
    SELECT date_bin(%(step)s, at, %(origin)s) AS bin, control_id, count(*) AS changes
    FROM qsys_event
    WHERE device_id = core.device_id AND at >= %(start)s AND at < %(end)s AND cause <> 'first'
    GROUP BY 1, 2
) AS found ON true
ON CONFLICT (device_id, at, control_id) DO UPDATE SET changes = excluded.changes
WHERE held.changes <> excluded.changes
"""
_CORES: Final = """
INSERT INTO qsys_core_tally AS held (device_id, at, changes, samples)
SELECT core.device_id, found.bin, sum(found.changes), sum(found.samples)
FROM qsys_core AS core
JOIN LATERAL (
    SELECT at AS bin, changes, 0 AS samples FROM qsys_control_tally
    WHERE device_id = core.device_id AND at >= %(start)s AND at < %(end)s
    UNION ALL
    SELECT date_bin(%(step)s, at, %(origin)s), 0, samples FROM qsys_frame
    WHERE device_id = core.device_id AND at >= %(start)s AND at < %(end)s
) AS found ON true
GROUP BY 1, 2
ON CONFLICT (device_id, at) DO UPDATE SET changes = excluded.changes, samples = excluded.samples
WHERE (held.changes, held.samples) IS DISTINCT FROM (excluded.changes, excluded.samples)
"""
_LOSSES: Final = """
INSERT INTO qsys_core_tally AS held (device_id, at, dropped, thinned, missed)
SELECT given.device_id, %s, given.dropped, given.thinned, given.missed
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS given (device_id, dropped, thinned, missed)
ON CONFLICT (device_id, at) DO UPDATE SET dropped = held.dropped + excluded.dropped,
    thinned = held.thinned + excluded.thinned, missed = held.missed + excluded.missed
"""


def tallies_count() -> int:
    """Count until now; how many rows were new or became different.

    What was counted is counted again for the last minutes, so repeating it does no harm; of
    several at once one counts. What waits on disk for longer than that is not counted.
    """
    with transaction.atomic():
        if not alone(LOCK):
            return 0
        now = clock.now()
        span: dict[str, Any] = {"start": _start(now), "end": now, "step": STEP, "origin": _ORIGIN}
        with connection.cursor() as cursor:
            cursor.execute(_CONTROLS, span)
            written = int(cursor.rowcount)
            cursor.execute(_CORES, span)
            written += int(cursor.rowcount)
        return written + _count_losses(now)


def bin_of(moment: datetime) -> datetime:
    """The start of the five minutes that a moment lies in."""
    return moment - (moment - _ORIGIN) % STEP


def _start(now: datetime) -> datetime:
    until = TallyMark.objects.aggregate(until=Max("counted_until"))["until"]
    earliest = now - FARTHEST
    return bin_of(max(until - AGAIN, earliest) if until else earliest)


def _count_losses(now: datetime) -> int:
    """Add what the pollers' counters grew by since the last time, and keep where they stand."""
    marks = {mark.device_id: mark for mark in TallyMark.objects.all()}
    states = DeviceState.objects.filter(
        device__kind=DeviceKind.CORE, device__status=DeviceStatus.ACTIVE
    ).values_list("device_id", "summary")
    fresh, grown = [], {}
    for device_id, summary in states:
        counters = _counters(summary)
        mark = marks.get(device_id)
        growth = {name: _growth(getattr(mark, name, 0), counters[name]) for name in COUNTERS}
        if any(growth.values()):
            grown[device_id] = growth
        fresh.append(TallyMark(device_id=device_id, counted_until=now, **counters))
    _add(now, grown)
    TallyMark.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["counted_until", *COUNTERS],
    )
    return len(grown)


def _counters(summary: dict[str, Any]) -> dict[str, int]:
    """The poller's counters; what is thinned is not dropped as well."""
    said = {name: int(summary.get(name) or 0) for name in COUNTERS}
    return {**said, "dropped": max(0, said["dropped"] - said["thinned"])}


def _growth(before: int, now: int) -> int:
    return now - before if now >= before else now


def _add(now: datetime, grown: dict[UUID, dict[str, int]]) -> None:
    if not grown:
        return
    columns = [[one[name] for one in grown.values()] for name in COUNTERS]
    with connection.cursor() as cursor:
        cursor.execute(_LOSSES, [bin_of(now), list(grown), *columns])
