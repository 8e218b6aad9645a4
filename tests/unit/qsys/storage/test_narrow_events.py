"""Changes from before they were stored narrowly are read as they were."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection

from apps.kernel import clock, partitions
from apps.kernel.partitions import PartitionedTable
from apps.qsys.models import EVENTS, ControlEvent, EventSource
from apps.qsys.telemetry import Batch, Origin, Place
from apps.qsys.telemetry.store import store
from tests.unit.qsys.telemetry.made import PLACE, change

pytestmark = pytest.mark.django_db

WIDE = importlib.import_module("apps.qsys.migrations.0002_partitioned_tables")
NARROW = importlib.import_module("apps.qsys.migrations.0008_narrow_events")
UNDO = "DROP VIEW qsys_event; DROP TABLE qsys_change, qsys_source, qsys_origin;"
COLUMNS = (
    "at", "number", "previous", "device_id", "call_id", "control_id", "position", "cause",
    "string", "previous_string", "actor", "design_code",
)  # fmt: skip


def editor() -> SimpleNamespace:
    def execute(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return SimpleNamespace(execute=execute, connection=connection)


def test_every_change_goes_over_whatever_its_day() -> None:
    device, call, now = uuid4(), uuid4(), clock.now()
    rows = [
        (now - timedelta(days=age), 1.0, None, device, by, 7, 0.5, cause, "1", None, actor, "code")
        for age, by, cause, actor in [
            (90, None, "device", ""), (0, call, "operation", "Ann"), (0, None, "device", "")
        ]
    ]  # fmt: skip
    editor().execute(UNDO + WIDE.EVENT_TABLE)
    old = PartitionedTable("qsys_event", keep_days=400)
    with clock.using(clock.ManualClock(now - timedelta(days=90))):
        partitions.ensure(old)
    partitions.ensure(old)
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(COLUMNS))
        insert = f"INSERT INTO qsys_event ({', '.join(COLUMNS)}) VALUES ({marks})"
        cursor.executemany(insert, rows)
    NARROW.narrow(None, editor())
    found = ControlEvent.objects.filter(device_id=device).values_list(*COLUMNS)
    assert sorted(found, key=str) == sorted(rows, key=str)
    assert partitions.partition(EVENTS, (now - timedelta(days=90)).date()) in partitions.existing(
        EVENTS
    )


def test_who_and_why_are_stored_once() -> None:
    ann = Origin("operation", "Ann", uuid4())
    for _ in range(2):
        store(Batch(changes=[change(n, origin=ann) for n in range(3)]), [])
        store(Batch(changes=[change(n) for n in range(3)]), [])
    rows = ControlEvent.objects.filter(device_id=PLACE.device_id)
    assert {(row.cause, row.actor, row.call_id) for row in rows} == {
        ("operation", "Ann", ann.call_id),
        ("device", "", None),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT origin_id), count(*) FROM qsys_change")
        assert cursor.fetchone() == (2, 12)


def test_a_device_is_stored_once_and_told_apart_from_others() -> None:
    other = Place(PLACE.tenant_id, uuid4(), PLACE.site_path)
    for place in (PLACE, other, PLACE):
        store(Batch(changes=[change(7, place=place)]), [])
    sources = dict(EventSource.objects.values_list("device_id", "id"))
    assert sources.keys() == {PLACE.device_id, other.device_id}
    for device_id, number in sources.items():
        rows = ControlEvent.objects.filter(source_id=number)
        assert set(rows.values_list("device_id", flat=True)) == {device_id}
