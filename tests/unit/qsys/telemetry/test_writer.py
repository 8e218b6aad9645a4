"""Everything that waits is stored, through outages and past rows that the database declines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from apps.events.models import Outbox
from apps.fleet.models import Device
from apps.kernel import partitions
from apps.kernel.ids import new_id
from apps.qsys.models import (
    EVENTS,
    Cause,
    Control,
    ControlEvent,
    ControlValue,
    TelemetryFrame,
    TelemetrySecond,
)
from apps.qsys.telemetry import (
    Batch,
    Buffer,
    LastValue,
    Limits,
    Origin,
    Place,
    Spill,
    Writer,
    WriterTimes,
    causes,
)
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.support.polling import outage
from tests.unit.qsys.telemetry.made import change, now_us, samples

HASTY = WriterTimes(0.01, 0.02, 0.05, patience=0.2)
QUICK = WriterTimes(flush=0.01, retry=0.02, retry_most=0.1, patience=3.0)


@pytest.fixture
def device(transactional_db: None) -> Device:
    return factories.device()


@pytest.fixture
def place(device: Device) -> Place:
    return Place(device.tenant_id, device.id, device.site_path)


def within(condition: Callable[[], object], seconds: float = 5) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "not in time"
        time.sleep(0.01)


def fresh_spill(**more: Any) -> Spill:
    """A folder of this run that nobody else has."""
    return Spill(settings.CONFIG.state_dir / "spills" / str(new_id()), **more)


def writer_of(buffer: Buffer, times: WriterTimes = QUICK, spill: Spill | None = None) -> Writer:
    return Writer(buffer, times, spill=fresh_spill() if spill is None else spill)


def stored(buffer: Buffer, times: WriterTimes = QUICK) -> bool:
    writer = writer_of(buffer, times)
    writer.start()
    return writer.close()


def times_of(device_id: UUID) -> int:
    return ControlEvent.objects.filter(device_id=device_id).count()


def test_one_batch_reaches_every_table(device: Device, place: Place) -> None:
    control = Control.system.create(device=device, component="Lobby Gain", name="gain")
    buffer, at = Buffer(), now_us()
    call = new_id()
    origin = Origin(Cause.OPERATION.value, "operator-1", call)
    buffer.put_changes([change(control.id, place=place, at_us=at, origin=origin)])
    buffer.put_samples(samples(7, second=at // 1_000_000, device_id=device.id))
    buffer.put_values([LastValue(control.id, at, -6.0, "-6.0dB", 0.78)])
    assert stored(buffer)
    event = ControlEvent.objects.get()
    assert (event.number, event.previous, event.previous_string) == (-6.0, -20.0, "-20.0dB")
    assert (event.cause, event.actor, event.call_id) == ("operation", "operator-1", call)
    assert event.at.timestamp() == pytest.approx(at / 1e6, abs=1e-6)
    assert TelemetryFrame.objects.get().samples == 7
    assert sorted(TelemetrySecond.objects.values_list("control_id", "samples")) == [
        (1, 3), (2, 2), (3, 2),
    ]  # fmt: skip
    assert ControlValue.objects.get().string == "-6.0dB"
    told = Outbox.objects.get(type="qsys.control.changed")
    assert told.payload["value"] == -6.0
    assert (told.payload["previous"], told.payload["cause"]) == (-20.0, "operation")
    assert (told.tenant_id, told.device_id) == (device.tenant_id, device.id)


def test_truths_are_told_as_truths_and_words_as_words(place: Place) -> None:
    buffer = Buffer()
    mute = change(1, place=place, number=1.0, previous=0.0, string="muted", boolean=True)
    text = change(2, place=place, number=None, previous=None, string="Day", previous_string="Night")
    buffer.put_changes([mute, text])
    assert stored(buffer)
    rows = Outbox.objects.filter(type="qsys.control.changed").order_by("id")
    told = [(row.payload["value"], row.payload["previous"]) for row in rows]
    assert told == [(True, False), ("Day", "Night")]


def test_an_older_value_never_replaces_a_newer_one(device: Device) -> None:
    control = Control.system.create(device=device, component="A", name="gain")
    for at, number in ((2_000_000, 2.0), (1_000_000, 1.0), (3_000_000, 3.0)):
        buffer = Buffer()
        buffer.put_values([LastValue(control.id, at, number, "", None)])
        assert stored(buffer)
        assert ControlValue.objects.get().number == max(number, 2.0)


def test_the_value_of_a_deleted_control_is_left_out(device: Device) -> None:
    control = Control.system.create(device=device, component="A", name="gain")
    buffer = Buffer()
    buffer.put_values([LastValue(one, 1, 1.0, "", None) for one in (control.id, 2**31 - 1)])
    assert stored(buffer)
    assert [one.control_id for one in ControlValue.objects.all()] == [control.id]


def test_the_writer_finds_the_call_behind_a_change(place: Place) -> None:
    at, ours = now_us(), Origin(Cause.SCHEDULE.value, "schedule night", new_id())
    causes.leave(place.device_id, "Lobby Gain", "gain.1", ours, at_us=at)
    buffer = Buffer()
    buffer.put_changes([change(1, place=place, at_us=at + 30_000)])
    assert stored(buffer)
    event = ControlEvent.objects.get()
    assert (event.cause, event.actor, event.call_id) == ("schedule", ours.actor, ours.call_id)


def test_one_row_that_the_database_declines_costs_no_other(place: Place) -> None:
    buffer = Buffer()
    rows = [change(n, place=place) for n in range(20)]
    rows[13] = change(13, place=place, string="nul \0 nul")
    rows[17] = change(2**40, place=place)
    buffer.put_changes(rows)
    stored(buffer)
    kept = set(ControlEvent.objects.values_list("control_id", flat=True))
    assert kept == set(range(20)) - {13, 17}


def test_a_missing_day_is_made_when_it_is_needed(place: Place) -> None:
    with connection.cursor() as cursor:
        for name in partitions.existing(EVENTS):
            cursor.execute(f"DROP TABLE {name}")
    buffer = Buffer()
    buffer.put_changes([change(place=place)])
    assert stored(buffer)
    assert times_of(place.device_id) == 1


def test_rows_written_during_an_outage_are_stored_after_it(place: Place) -> None:
    buffer = Buffer()
    writer = writer_of(buffer)
    writer.start()
    buffer.put_changes([change(1, place=place)])
    within(lambda: times_of(place.device_id) == 1)
    with outage():
        for number in range(2, 30):
            buffer.put_changes([change(number, place=place)])
            time.sleep(0.01)
        assert times_of(place.device_id) == 1
    within(lambda: times_of(place.device_id) == 29)
    assert writer.close()


def test_a_closing_writer_waits_for_the_database(place: Place) -> None:
    buffer = Buffer()
    writer = writer_of(buffer)
    with outage():
        buffer.put_changes([change(1, place=place)])
        writer.start()
        closing = threading.Thread(target=writer.close)
        closing.start()
        closing.join(0.3)
        assert closing.is_alive()
    closing.join(5)
    assert times_of(place.device_id) == 1


def test_changes_that_a_going_writer_cannot_store_are_stored_by_the_next_one(place: Place) -> None:
    buffer, spill = Buffer(), fresh_spill()
    with outage():
        buffer.put_changes([change(n, place=place) for n in range(5)])
        going = writer_of(buffer, HASTY, spill)
        going.start()
        assert going.close()
    assert (len(spill), going.lost, times_of(place.device_id)) == (1, 0, 0)
    coming = writer_of(Buffer(), QUICK, spill)
    coming.start()
    assert coming.close()
    assert (len(spill), times_of(place.device_id)) == (0, 5)
    assert Outbox.objects.filter(type="qsys.control.changed").count() == 5


def test_changes_wait_on_disk_before_memory_is_full(place: Place) -> None:
    buffer, spill = Buffer(Limits(changes=40, samples=100, seconds=10)), fresh_spill()
    writer = writer_of(buffer, QUICK, spill)
    writer.start()
    with outage():
        for part in range(6):
            buffer.put_changes(change(part * 25 + n, place=place) for n in range(25))
            within(lambda: not buffer.is_half_full())
        assert len(spill) >= 4
    within(lambda: times_of(place.device_id) == 150)
    assert writer.close()
    assert (len(spill), buffer.dropped["change"]) == (0, 0)
    numbers = ControlEvent.objects.values_list("control_id", flat=True)
    assert sorted(numbers) == list(range(150))


def test_a_batch_on_disk_that_is_stored_already_is_not_stored_twice(place: Place) -> None:
    spill, rows = fresh_spill(), [change(n, place=place) for n in range(3)]
    spill.keep(rows)
    store(Batch(changes=rows), [])
    writer = writer_of(Buffer(), QUICK, spill)
    writer.start()
    assert writer.close()
    assert (len(spill), times_of(place.device_id)) == (0, 3)


def test_a_writer_with_neither_store_nor_disk_says_what_it_gave_up(place: Place) -> None:
    buffer = Buffer()
    with outage():
        buffer.put_changes([change(1, place=place)])
        writer = writer_of(buffer, HASTY, fresh_spill(most_bytes=0))
        writer.start()
        assert not writer.close()
    assert writer.lost == 1
    assert times_of(place.device_id) == 0


def test_lost_changes_are_told_by_one_event_with_their_count(device: Device, place: Place) -> None:
    buffer = Buffer(Limits(changes=10, samples=100, seconds=10))
    at = now_us()
    writer = writer_of(buffer, QUICK, fresh_spill(most_bytes=0))
    with outage():
        # Before the writer looks: what is lost while a batch waits is told with the next one.
        for number in range(60):
            buffer.put_changes([change(number, place=place, at_us=at + number)])
        writer.start()
    within(lambda: times_of(place.device_id) and not len(buffer))
    assert writer.close()
    (told,) = Outbox.objects.filter(type="qsys.changes.lost")
    lost = told.payload["count"]
    assert lost == buffer.dropped["change"] == buffer.dropped_of[device.id] > 0
    assert times_of(place.device_id) == 60 - lost
    assert (told.tenant_id, told.device_id) == (device.tenant_id, device.id)
    spread = [datetime.fromisoformat(told.payload[name]) for name in ("since", "until")]
    assert (spread[1] - spread[0]).total_seconds() == pytest.approx((lost - 1) / 1e6)


def test_a_batch_whose_commit_was_not_answered_is_not_stored_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.qsys.telemetry import writer as module

    answers = iter([True, False])

    def unanswered(*arguments: Any) -> None:
        store(*arguments)
        if next(answers, False):
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(module.store, "store", unanswered)
    buffer = Buffer()
    buffer.put_changes([change(n, place=place) for n in range(5)])
    assert stored(buffer)
    assert times_of(place.device_id) == 5
