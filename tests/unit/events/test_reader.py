"""Readers of the outbox miss nothing and repeat nothing, however late a transaction commits."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.events import publish as module
from apps.events.envelope import Position
from apps.events.models import Outbox
from apps.events.publish import HINT_CHANNEL, publish
from apps.events.reader import START, after, count_between, end
from apps.events.types import EVENTS, DeviceLost
from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey
from tests.support import factories
from tests.support.verbs import until

pytestmark = pytest.mark.django_db(transaction=True)
TENANT, DEVICE = new_id(), new_id()


def tell(name: str = "x", **place: object) -> None:
    with transaction.atomic():
        publish(
            DeviceLost(device_id=DEVICE, name=name, reason="silent"),
            tenant_id=TENANT,
            **place,  # type: ignore[arg-type]  # a path and a device
        )


def test_events_come_in_order_from_a_position() -> None:
    assert (end(), after(START)) == (START, [])
    for number in range(5):
        tell(str(number))
    first = after(START, limit=2)
    rest = after(first[-1].position)
    assert [one.payload["name"] for one in first + rest] == ["0", "1", "2", "3", "4"]
    assert end() == rest[-1].position
    assert after(end()) == []
    assert count_between(START, end()) == 5
    assert count_between(first[0].position, first[1].position) == 1
    assert count_between(START, end(), most=3) == 3


def test_late_commit_is_neither_lost_nor_passed() -> None:
    opened, commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                tell("early id, late commit")
                opened.set()
                assert commit.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert opened.wait(10)
    tell("late id, early commit")
    assert Outbox.objects.count() == 1
    assert after(START) == [], "the later row waits for the earlier transaction"
    assert end() == START
    commit.set()
    writer.join()
    names = [one.payload["name"] for one in after(START)]
    assert names == ["early id, late commit", "late id, early commit"]


def test_reader_beside_many_writers_sees_every_event_once() -> None:
    over = threading.Event()
    seen: list[str] = []

    def writer(number: int) -> None:
        dice = random.Random(number)
        try:
            for turn in range(15):
                with transaction.atomic():
                    tell(f"{number}-{turn}")
                    if dice.random() < 0.5:
                        over.wait(dice.random() / 100)
        finally:
            connection.close()

    def read() -> None:
        position = START
        try:
            while True:
                last_look = over.is_set()
                for one in after(position, limit=7):
                    seen.append(one.payload["name"])
                    position = one.position
                if last_look and position == end():
                    return
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as pool:
        reader = pool.submit(read)
        list(pool.map(writer, range(6)))
        over.set()
        reader.result(20)
    assert len(seen) == 90
    assert len(set(seen)) == 90
    for number in range(6):
        own = [name for name in seen if name.startswith(f"{number}-")]
        assert own == [f"{number}-{turn}" for turn in range(15)]


def test_undone_event_was_never_told() -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert after(START) == []


def test_envelope_is_shown_to_those_who_may_see_it() -> None:
    tenant = factories.tenant()
    device = factories.device(tenant, site_path="/plant/hall-a/")
    with transaction.atomic():
        publish(
            DeviceLost(device_id=device.id, name="x", reason="y"),
            tenant_id=tenant.id,
            site_path="/plant/hall-a/",
            device_id=device.id,
        )
    (told,) = after(START)
    cases = {
        factories.actor_of("viewer", tenant): True,
        factories.actor_of("viewer", tenant, site_path="/plant/hall-a/"): True,
        factories.actor_of("viewer", tenant, site_path="/plant/hall-b/"): False,
        factories.actor_of("viewer"): False,
        factories.scoped_actor("viewer", ("miners.view",), tenant): False,
    }
    assert [told.visible_to(actor) for actor in cases] == list(cases.values())
    assert f'"id":"{told.position}"' in told.text
    assert '"type":"fleet.device.lost"' in told.text
    assert f'"device_id":"{device.id}"' in told.text


def test_hint_leaves_after_the_commit_and_once() -> None:
    listener: Any = valkey().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]  # so it is in the library
    listener.subscribe(HINT_CHANNEL)
    until(lambda: valkey().pubsub_numsub(HINT_CHANNEL)[0][1] == 1)
    with transaction.atomic():
        tell()
        tell()
        assert listener.get_message(timeout=0.05) is None
    until(lambda: listener.get_message(timeout=0.1) is not None)
    assert listener.get_message(timeout=0.05) is None
    listener.close()


def test_lost_hint_loses_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> redis.Redis:
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(module, "valkey", away)
    tell("told all the same")
    assert [one.payload["name"] for one in after(START)] == ["told all the same"]
    assert str(Outbox.objects.get()).startswith("fleet.device.lost")


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1))
def test_position_is_read_as_it_was_written(tx: int, number: int) -> None:
    assert Position.parse(str(Position(tx, number))) == Position(tx, number)


@given(st.text())
def test_anything_else_is_no_position(text: str) -> None:
    try:
        found = Position.parse(text)
    except ValueError:
        return
    tx, number = text.split("-")
    assert found == Position(int(tx), int(number))


def test_event_types_are_complete() -> None:
    names = [event.type for event in EVENTS]
    assert len(names) == len(set(names))
    for event in EVENTS:
        app, noun, past = event.type.split(".")
        assert all((app, noun, past))
        assert event.permission.partition(".")[2] in ("view", "administer")
        assert event.model_config["extra"] == "forbid"
