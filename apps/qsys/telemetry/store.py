"""Puts one batch into the database: binary COPY, last values and events in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from django.db import connection, transaction

from apps.events.publish import publish
from apps.events.types import ChangesLost, ControlChanged
from apps.kernel import partitions
from apps.qsys.models import EVENTS, FRAMES, SECONDS
from apps.qsys.telemetry import metrics
from apps.qsys.telemetry.buffer import Batch
from apps.qsys.telemetry.packing import pack
from apps.qsys.telemetry.records import Change, LastValue, LostChanges
from apps.qsys.telemetry.rollup import Second, rolled_up
from apps.qsys.telemetry.samples import Samples

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_EVENT_COLUMNS: Final = {
    "at": "timestamptz",
    "number": "float8",
    "previous": "float8",
    "device_id": "uuid",
    "call_id": "uuid",
    "control_id": "int4",
    "position": "float4",
    "cause": "text",
    "string": "text",
    "previous_string": "text",
    "actor": "text",
    "design_code": "text",
}
_FRAME_COLUMNS: Final = {
    "at": "timestamptz",
    "device_id": "uuid",
    "samples": "int4",
    "data": "bytea",
}
_SECOND_COLUMNS: Final = {
    "at": "timestamptz",
    "control_id": "int4",
    "samples": "int4",
    "minimum": "float4",
    "maximum": "float4",
    "mean": "float4",
    "last": "float4",
}

# A control that was deleted meanwhile has no last value; an older value never wins.
_VALUES: Final = """
INSERT INTO qsys_controlvalue AS held (control_id, at, number, string, position)
SELECT given.* FROM unnest(%s::int[], %s::timestamptz[], %s::float8[], %s::text[], %s::float8[])
    AS given (control_id, at, number, string, position)
JOIN qsys_control ON qsys_control.id = given.control_id
ORDER BY given.control_id
ON CONFLICT (control_id) DO UPDATE SET
    at = excluded.at, number = excluded.number,
    string = excluded.string, position = excluded.position
WHERE held.at <= excluded.at
"""
_HAS_EVENT: Final = (
    "SELECT 1 FROM qsys_event WHERE device_id = %s AND at = %s AND control_id = %s LIMIT 1"
)
_HAS_FRAME: Final = "SELECT 1 FROM qsys_frame WHERE device_id = %s AND at = %s LIMIT 1"


def store(batch: Batch, told: Sequence[Change]) -> None:
    """Store all of `batch` and publish `told`, or nothing; raises the database's errors."""
    seconds = [*batch.seconds, *(row for one in batch.samples for row in rolled_up(one))]
    with transaction.atomic():
        _copy(EVENTS.name, _EVENT_COLUMNS, map(_event_row, batch.changes))
        _copy(FRAMES.name, _FRAME_COLUMNS, map(_frame_row, batch.samples))
        _copy(SECONDS.name, _SECOND_COLUMNS, map(_second_row, seconds))
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
            cursor.execute(_HAS_EVENT, key)
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


def _copy(table: str, columns: dict[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    waiting = list(rows)
    if not waiting:
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(list(columns.values()))
        for row in waiting:
            copy.write_row(row)


def _event_row(one: Change) -> tuple[Any, ...]:
    return (
        moment(one.at_us),
        one.number,
        one.previous,
        one.place.device_id,
        one.origin.call_id,
        one.control_id,
        one.position,
        one.origin.cause,
        one.string,
        one.previous_string,
        one.origin.actor,
        one.design_code,
    )


def _frame_row(one: Samples) -> tuple[Any, ...]:
    return (moment(one.second * 1_000_000), one.device_id, len(one), pack(one))


def _second_row(one: Second) -> tuple[Any, ...]:
    at = moment(one.second * 1_000_000)
    return (at, one.control_id, one.samples, one.minimum, one.maximum, one.mean, one.last)


def _keep(values: Sequence[LastValue]) -> None:
    if not values:
        return
    columns = (
        [one.control_id for one in values],
        [moment(one.at_us) for one in values],
        [one.number for one in values],
        [one.string for one in values],
        [one.position for one in values],
    )
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, columns)


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
