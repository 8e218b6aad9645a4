"""Tagging: few statements, nothing lost between calls at once, nothing undone by a lost Valkey."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from pydantic import SecretStr

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Status
from tests.support import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("door")]
THREADS = 8
#: Who, the transaction, intent, savepoint, the rows held, the change, its event, the savepoint's
#: release, outcome with event, commit.
STATEMENTS = 10


@pytest.fixture
def engineer() -> Actor:
    return factories.actor_of("engineer", factories.tenant())


def named(engineer: Actor, *names: str) -> list[str]:
    tenant = factories.Tenant.objects.get(id=engineer.tenant)
    return [factories.device(tenant, name=name, driver="echo").name for name in names]


def tag(actor: Actor, devices: list[str], **tags: list[str]) -> Status:
    call = Call(
        operation="fleet.device.tag",
        input={"devices": devices, **tags},
        actor=actor,
        face=Face.REST,
    )
    return invoke(call).status


def tags_now() -> list[list[str]]:
    return list(Device.system.order_by("name").values_list("tags", flat=True))


def test_a_change_takes_few_statements(engineer: Actor, django_assert_num_queries: Any) -> None:
    devices = named(engineer, "A")
    with django_assert_num_queries(STATEMENTS):
        tag(engineer, devices, add=["x"])
    assert tags_now() == [["x"]]
    assert [row.entry for row in AuditLog.system.order_by("id")] == ["intent", "outcome"]
    told = Outbox.objects.order_by("id").values_list("type", flat=True)
    assert list(told) == ["fleet.device.changed", "operations.call.finished"]


def test_calls_at_once_lose_no_tag_and_never_lock_each_other_out(engineer: Actor) -> None:
    devices = named(engineer, "A", "B", "C")
    start = threading.Barrier(THREADS)

    def one(number: int) -> Status:
        start.wait(10)
        try:
            return tag(engineer, devices[:: 1 if number % 2 else -1], add=[f"t{number}"])
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(one, range(THREADS))) == {Status.OK}
    assert tags_now() == [[f"t{number}" for number in range(THREADS)]] * 3


def test_a_change_stands_when_valkey_is_away(engineer: Actor, settings: Any) -> None:
    devices = named(engineer, "A")
    settings.CONFIG = factories.config(redis_url=SecretStr("unix:///nowhere/valkey.sock"))
    assert tag(engineer, devices, add=["x"]) is Status.OK
    assert tags_now() == [["x"]]
