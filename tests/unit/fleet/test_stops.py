"""The emergency stop: one call, one row, and nothing more is written to what it covers."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import leases, sessions
from apps.fleet.models import Device, EmergencyStop
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status
from tests.support import factories
from tests.unit.fleet.support import EchoDevice, context

pytestmark = pytest.mark.usefixtures("door")

DEVICE_PLACE = "/plant/hall-a/"


@pytest.fixture
def there(device: Device, tenant: Tenant) -> Device:
    """The echo device, in a hall of the plant."""
    device.site = factories.site(tenant, DEVICE_PLACE)
    device.site_path = DEVICE_PLACE
    device.save()
    return device


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    factories.site_tree(tenant)
    return factories.actor_of("engineer", tenant)


def call(actor: Actor, operation: str, /, *, face: Face = Face.REST, **data: Any) -> Outcome:
    extra = {name: data.pop(name) for name in ("confirmation", "reason") if name in data}
    name = f"fleet.{operation}"
    return invoke(Call(operation=name, input=data, actor=actor, face=face, **extra))


def refusal(actor: Actor, operation: str, /, **data: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(actor, operation, **data)
    return caught.value


def stop(actor: Actor, **data: Any) -> str:
    output = call(actor, "stop.set", **data).output
    assert output is not None
    return str(output["stop"])


def lift(actor: Actor, number: str) -> Outcome:
    """With the plan's confirmation."""
    plan = call(actor, "stop.lift", stop=number)
    assert plan.status is Status.NEEDS_CONFIRMATION
    return call(actor, "stop.lift", stop=number, confirmation=plan.confirmation)


async def set_seven(session: Any) -> str:
    return str(await session.ask("SET 7"))


async def hello(session: Any) -> str:
    return str(await session.ask("hello"))


def write(device: Device, **options: Any) -> str:
    return sessions.call(device, set_seven, context(), changing=True, **options)


def blocked(device: Device, **options: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        write(device, **options)
    return caught.value


@pytest.mark.parametrize("site", ["/", "/plant/", DEVICE_PLACE])
def test_a_stop_over_the_device_keeps_every_write_away_and_lets_reads_pass(
    there: Device, echo: EchoDevice, engineer: Actor, site: str
) -> None:
    number = stop(engineer, site=site, reason="smoke in hall A")
    failure = blocked(there)
    assert failure.code is Code.CONFLICT
    assert number in failure.detail
    assert "smoke in hall A" in failure.detail
    assert (echo.requests, echo.value) == ([], 0)
    assert sessions.call(there, hello, context()) == "hello"
    lift(engineer, number)
    assert write(there) == "0"
    assert echo.value == 7


def test_the_lease_of_a_running_job_is_no_way_around_it(
    there: Device, echo: EchoDevice, engineer: Actor
) -> None:
    lease = leases.take(there, "job")
    stop(engineer)
    assert blocked(there, lease=lease).code is Code.CONFLICT
    assert echo.requests == []


@pytest.mark.django_db(transaction=True)
def test_a_write_that_waits_for_its_turn_meets_a_stop_set_meanwhile(
    there: Device, echo: EchoDevice, engineer: Actor
) -> None:
    inside, go_on = threading.Event(), threading.Event()
    places = sessions._way(there, within=5).bound

    async def linger(session: Any) -> None:
        inside.set()
        await asyncio.to_thread(go_on.wait, 10)

    def in_thread(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Failure as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(places + 1) as threads:
        for _ in range(places):
            threads.submit(in_thread, lambda: sessions.call(there, linger, context()))
        assert inside.wait(10)
        waiting = threads.submit(in_thread, lambda: write(there))
        with pytest.raises(TimeoutError):
            waiting.result(2 * sessions.STOP_FRESH)
        number = stop(engineer)
        go_on.set()
        failure = waiting.result(10)
    assert failure.code is Code.CONFLICT
    assert number in failure.detail
    assert echo.value == 0


@pytest.mark.parametrize("site", ["/plant/hall-b/", "/plant/hall-a/rack-1/"])
def test_a_stop_elsewhere_does_not_touch_the_device(
    there: Device, engineer: Actor, site: str
) -> None:
    stop(engineer, site=site)
    assert write(there) == "0"


def test_a_stop_of_another_tenant_does_not_touch_the_device(there: Device) -> None:
    stop(factories.actor_of("engineer"))
    assert write(there) == "0"


def test_a_stop_of_the_whole_plane_covers_every_tenant(there: Device, echo: EchoDevice) -> None:
    runs_the_plane = replace(factories.actor_of("engineer"), superuser=True)
    number = stop(runs_the_plane, everywhere=True)
    assert "the whole plane" in blocked(there).detail
    assert echo.requests == []
    lift(runs_the_plane, number)
    assert write(there) == "0"


@pytest.mark.parametrize("role", ["engineer", "admin"])
def test_nobody_stops_or_starts_other_tenants(there: Device, tenant: Tenant, role: str) -> None:
    actor = factories.actor_of(role, tenant)
    assert refusal(actor, "stop.set", everywhere=True).code is Code.FORBIDDEN
    assert EmergencyStop.system.count() == 0
    number = stop(replace(actor, superuser=True), everywhere=True)
    assert refusal(actor, "stop.lift", stop=number).code is Code.FORBIDDEN
    denials = AuditLog.system.filter(entry="denied", verdict="forbidden")
    assert {row.operation for row in denials} == {"fleet.stop.set", "fleet.stop.lift"}
    assert EmergencyStop.system.get().lifted_at is None


def test_setting_it_again_finds_it_standing(engineer: Actor) -> None:
    first = call(engineer, "stop.set", site="/plant/").output
    again = call(engineer, "stop.set", site="/plant/").output
    assert first is not None
    assert again is not None
    assert (first["stop"], first["created"]) == (again["stop"], True)
    assert again["created"] is False
    assert EmergencyStop.system.count() == 1


def test_one_can_be_set_again_after_it_was_lifted(engineer: Actor) -> None:
    first = stop(engineer)
    lift(engineer, first)
    assert stop(engineer) != first
    assert refusal(engineer, "stop.lift", stop=first).code is Code.NOT_FOUND


def test_each_change_is_written_down_and_told(engineer: Actor) -> None:
    number = stop(engineer, site="/plant/", reason="drill")
    lift(engineer, number)
    rows = AuditLog.system.filter(operation__startswith="fleet.stop.", entry="outcome")
    assert [row.operation for row in rows.order_by("id")] == ["fleet.stop.set", "fleet.stop.lift"]
    assert rows.filter(reason="drill", object_label="/plant/", verdict="ok").count() == 1
    told = Outbox.objects.filter(type="fleet.stop.changed").order_by("id")
    assert [row.payload["stands"] for row in told] == [True, False]
    assert {row.site_path for row in told} == {"/plant/"}
    row = EmergencyStop.system.get()
    assert (row.set_by, row.lifted_by) == (engineer.label, engineer.label)


def test_who_has_one_rack_stops_the_rack_and_nothing_wider(tenant: Tenant) -> None:
    factories.site_tree(tenant)
    rack = "/plant/hall-a/rack-1/"
    actor = factories.actor_of("operator", tenant, site_path=rack)
    for wider in ("/", "/plant/", "/plant/hall-a/", "/plant/hall-b/"):
        assert refusal(actor, "stop.set", site=wider).code is Code.NOT_FOUND
    assert EmergencyStop.system.count() == 0
    assert stop(actor, site=rack)


def test_an_operator_and_an_agent_may_stop_and_not_start(engineer: Actor, tenant: Tenant) -> None:
    agent = factories.actor_of("agent", tenant)
    number = str(call(agent, "stop.set", face=Face.MCP).output["stop"])  # type: ignore[index]
    operator = factories.actor_of("operator", tenant)
    assert stop(operator) == number
    assert refusal(operator, "stop.lift", stop=number).code is Code.FORBIDDEN
    assert refusal(agent, "stop.lift", stop=number, face=Face.MCP).code is Code.NOT_FOUND
    assert EmergencyStop.system.get().lifted_at is None
    assert lift(engineer, number).status is Status.OK


def test_a_viewer_may_not_stop(tenant: Tenant) -> None:
    assert refusal(factories.actor_of("viewer", tenant), "stop.set").code is Code.FORBIDDEN
    assert EmergencyStop.system.count() == 0


def test_whoever_it_touches_sees_it_and_nobody_else(there: Device, tenant: Tenant) -> None:
    number = stop(factories.actor_of("engineer", tenant), site="/plant/")
    inside = factories.actor_of("viewer", tenant, site_path=DEVICE_PLACE)
    seen = call(inside, "stop.list").output
    assert seen is not None
    assert [row["stop"] for row in seen["stops"]] == [number]
    assert seen["stops"][0]["place"] == "/plant/"
    factories.site(tenant, "/depot/")
    for other in (
        factories.actor_of("viewer", tenant, site_path="/depot/"),
        factories.actor_of("viewer"),
    ):
        found = call(other, "stop.list").output
        assert found == {"stops": []}


def test_a_stop_that_is_not_there_is_not_found(engineer: Actor) -> None:
    assert refusal(engineer, "stop.lift", stop=str(new_id())).code is Code.NOT_FOUND


def test_a_place_that_is_not_there_is_not_found(engineer: Actor) -> None:
    assert refusal(engineer, "stop.set", site="/nowhere/").code is Code.NOT_FOUND
    assert EmergencyStop.system.count() == 0


def test_everywhere_and_one_place_is_a_contradiction(engineer: Actor) -> None:
    actor = replace(engineer, superuser=True)
    assert refusal(actor, "stop.set", site="/plant/", everywhere=True).code is Code.INVALID
    assert EmergencyStop.system.count() == 0
