"""A reader that comes back gets what it missed, once and in order, or is told that it cannot."""

import threading
from collections.abc import Callable

import httpx
import pytest
from django.db import connection, connections, transaction

from apps.events import reader as events
from apps.events.models import Outbox
from apps.events.publish import publish
from apps.events.types import DeviceFound
from apps.kernel.ids import new_id
from tests.unit.live.serving import Reader, SocketReader, SseReader, until


def last_id(reader: Reader) -> str:
    return str((reader.events or [reader.word("open")])[-1]["id"])


@pytest.mark.parametrize("header", [True, False])
def test_what_happened_in_between_comes_first(
    uvicorn: str, key_of: Callable, tell: Callable, header: bool
) -> None:
    key = key_of()
    with SseReader(uvicorn, headers=key) as first:
        tell("before")
        until(lambda: first.names() == ["before"])
    tell("between-1", "between-2")
    position = last_id(first)
    headers = {**key, "Last-Event-ID": position} if header else key
    with SseReader(uvicorn, headers=headers, query="" if header else f"?after={position}") as again:
        tell("after")
        until(lambda: len(again.names()) == 3)
    assert again.names() == ["between-1", "between-2", "after"]


def test_a_reader_that_saw_nothing_resumes_where_it_began(
    uvicorn: str, key_of: Callable, tell: Callable
) -> None:
    tell("old")
    key = key_of()
    with SocketReader(uvicorn, headers=key) as first:
        began = last_id(first)
    tell("new")
    with SocketReader(uvicorn, headers=key, query=f"?after={began}") as again:
        until(lambda: again.names() == ["new"])


def insert_slowly(tenant_id: object, names: list[str], go: threading.Event) -> None:
    """Transactions that overlap, and commit in another order than their ids."""
    try:
        for pair in zip(names[::2], names[1::2], strict=True):
            with transaction.atomic():
                for name in pair:
                    publish(DeviceFound(device_id=new_id(), name=name), tenant_id=tenant_id)
                go.wait(0.002)
    finally:
        connections["default"].close()


def some_events(reader: Reader, count: int) -> list[dict]:
    until(lambda: len(reader.events) >= count)
    return list(reader.events)


def test_concurrent_inserts_are_each_seen_once_across_many_reconnects(
    uvicorn: str, plant, key_of: Callable
) -> None:
    key, never = key_of(), threading.Event()
    sets = [[f"{writer}-{number}" for number in range(80)] for writer in range(4)]
    with SseReader(uvicorn, headers=key) as first:
        position = last_id(first)
    threads = [
        threading.Thread(target=insert_slowly, args=(plant.id, names, never)) for names in sets
    ]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    while len(seen) < 320:
        with SseReader(uvicorn, headers=key, query=f"?after={position}") as reader:
            batch = some_events(reader, min(40, 320 - len(seen)))
        seen += [event["data"]["name"] for event in batch]
        position = batch[-1]["id"]
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(name for names in sets for name in names)


def test_a_position_that_is_no_longer_kept_is_said(
    uvicorn: str, key_of: Callable, tell: Callable
) -> None:
    tell("one", "two", "three")
    first, _, third = Outbox.objects.order_by("tx", "id")
    position = f"{first.tx}-{first.id}"
    Outbox.objects.exclude(id=third.id).delete()
    with SseReader(uvicorn, headers=key_of(), query=f"?after={position}") as reader:
        tell("four")
        until(lambda: reader.names() == ["four"])
    assert reader.word("missed")["at_least"] is None
    assert reader.word("missed")["id"] == f"{third.tx}-{third.id}"


def test_a_reader_far_behind_is_told_instead_of_flooded(
    uvicorn: str, plant, key_of: Callable, tell: Callable
) -> None:
    tell("first")
    first = Outbox.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_outbox (at, type, tenant_id, site_path, permission, payload)"
            " SELECT now(), 'fleet.device.found', %s, '/', 'fleet.view', '{}'"
            " FROM generate_series(1, 1001)",
            [plant.id],
        )
    # Rows become readable once every older transaction of the server is over.
    until(lambda: events.count_between(events.START, events.end()) == 1002)
    with SseReader(uvicorn, headers=key_of(), query=f"?after={first.tx}-{first.id}") as reader:
        until(lambda: reader.word("missed"))
        tell("now")
        until(lambda: reader.names() == ["now"])
    assert reader.word("missed")["at_least"] == 1001


def test_a_position_that_is_none_is_refused_with_its_form(uvicorn: str, key_of: Callable) -> None:
    with SocketReader(uvicorn, headers=key_of(), query="?after=0-0") as reader:
        assert reader.word("open")["id"] == "0-0"
    answer = httpx.get(f"{uvicorn}/events?after=yesterday", headers=key_of())
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "path": "after",
            "message": "'yesterday' is not a position in the event stream.",
            "allowed": "the id of an event, as 1234-56",
        }
    ]
