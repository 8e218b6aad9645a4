"""Puts one batch into the database: binary COPY, last values and events in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from django.db import connection, transaction

from apps.events.publish import publish
from apps.events.types import ChangesLost, ControlChanged
from apps.kernel import partitions
from apps.qsys.models import EVENTS, FRAMES, SECONDS
from apps.qsys.telemetry import metrics
from apps.qsys.telemetry.buffer import Batch
from apps.qsys.telemetry.copying import (
    CHANGE_COLUMNS,
    FRAME_COLUMNS,
    SECOND_COLUMNS,
    change_row,
    copy,
    frame_row,
    second_row,
)
from apps.qsys.telemetry.origins import Numbers
from apps.qsys.telemetry.records import Change, LastValue, LostChanges
from apps.qsys.telemetry.rollup import rolled_up

_json = msgspec.json.Encoder().encode

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# A control that was deleted meanwhile has no last value; an older value never wins. The rows come
# as one JSON text, which is made several times faster than five arrays.
_VALUES: Final = """
INSERT INTO qsys_controlvalue AS held (control_id, at, number, string, position)
SELECT control_id, timestamptz 'epoch' + at_us * interval '1 microsecond', number, string, position
FROM json_to_recordset(%s::json)
    AS given (control_id int, at_us bigint, number float8, string text, position float8)
JOIN qsys_control ON qsys_control.id = given.control_id
ORDER BY given.control_id
ON CONFLICT (control_id) DO UPDATE SET
    at = excluded.at, number = excluded.number,
    string = excluded.string, position = excluded.position
WHERE held.at <= excluded.at
"""
_HAS_CHANGE: Final = (
    "SELECT 1 FROM qsys_event WHERE device_id = %s AND at = %s AND control_id = %s LIMIT 1"
)
_HAS_FRAME: Final = "SELECT 1 FROM qsys_frame WHERE device_id = %s AND at = %s LIMIT 1"


def store(batch: Batch, told: Sequence[Change]) -> None:
    """Store all of `batch` and publish `told`, or nothing; raises the database's errors."""
    seconds = [*batch.seconds, *(row for one in batch.samples for row in rolled_up(one))]
    with transaction.atomic():
        _copy_changes(batch.changes)
        copy(FRAMES.name, FRAME_COLUMNS, map(frame_row, batch.samples))
        copy(SECONDS.name, SECOND_COLUMNS, map(second_row, seconds))
        _keep(batch.values)
        for change in told:
            _publish(change)
        for lost in batch.lost:
            _tell_lost(lost)
    metrics.EVENTS.labels("event").inc(len(batch.changes))
    metrics.EVENTS.labels("sample").inc(sum(map(len, batch.samples)))
    metrics.EVENTS.labels("second").inc(len(seconds))


def is_stored(batch: Batch) -> bool:
    """Whether a batch whose commit was not answered is there; one row tells for all."""
    with connection.cursor() as cursor:
        if batch.changes:
            one = batch.changes[0]
            key = (one.place.device_id, moment(one.at_us), one.control_id)
            cursor.execute(_HAS_CHANGE, key)
        elif batch.samples:
            first = batch.samples[0]
            cursor.execute(_HAS_FRAME, (first.device_id, moment(first.second * 1_000_000)))
        else:
            return False
        return cursor.fetchone() is not None


def make_days() -> None:
    """Make the partitions of these days, should the clock have outrun the tick that does."""
    for table in (EVENTS, FRAMES, SECONDS):
        partitions.ensure(table)


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return EPOCH + timedelta(microseconds=microseconds)


def _copy_changes(changes: Sequence[Change]) -> None:
    if changes:
        numbers = Numbers(changes)
        copy(EVENTS.name, CHANGE_COLUMNS, (change_row(one, *numbers.of(one)) for one in changes))


def _keep(values: Sequence[LastValue]) -> None:
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, [_json(values).decode()])


def _publish(one: Change) -> None:
    publish(
        ControlChanged(
            device_id=one.place.device_id,
            component=one.component,
            control=one.control,
            value=one.scalar(one.number, one.string),
            string=one.string,
            position=one.position,
            previous=one.scalar(one.previous, one.previous_string),
            cause=one.origin.cause,
        ),
        tenant_id=one.place.tenant_id,
        site_path=one.place.site_path,
        device_id=one.place.device_id,
    )


def _tell_lost(lost: LostChanges) -> None:
    place = lost.place
    publish(
        ChangesLost(
            device_id=place.device_id,
            count=lost.count,
            since=moment(lost.since_us),
            until=moment(lost.until_us),
        ),
        tenant_id=place.tenant_id,
        site_path=place.site_path,
        device_id=place.device_id,
    )
