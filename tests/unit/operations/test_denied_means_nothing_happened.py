"""Whoever is refused leaves one trace, the refusal: no handler ran, no event, no claim."""

import pytest

from apps.accounts.models import Tenant
from apps.accounts.selectors import actor_of
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.actor import anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.operations.core import Face
from apps.operations.models import IdempotencyKey
from tests.support import factories, verbs
from tests.support.verbs import World


def assert_nothing_happened(world: World) -> None:
    assert world.done == []
    assert Outbox.objects.count() == 0
    assert Job.system.count() == 0
    assert IdempotencyKey.objects.count() == 0
    assert not AuditLog.system.exclude(entry="denied").exists()


def refusal(world: World, *arguments: object, **fields: object) -> Failure:
    with pytest.raises(Failure) as caught:
        world.call(*arguments, **fields)  # type: ignore[arg-type]  # passed on as they are
    return caught.value


def test_missing_permission_is_named_and_written_down(world: World, tenant: Tenant) -> None:
    viewer = factories.actor_of("viewer", tenant)
    failure = refusal(
        world, "test.note.write", {"text": "x"}, viewer, request_id="r1", address="192.0.2.7"
    )
    assert failure.code is Code.FORBIDDEN
    assert "fleet.operate" in failure.detail
    assert_nothing_happened(world)
    (row,) = verbs.rows()
    assert (row.entry, row.verdict, row.operation) == ("denied", "forbidden", "test.note.write")
    assert (row.actor_id, row.request_id, row.address) == (viewer.id, "r1", "192.0.2.7")
    assert row.tenant_id == tenant.id


@pytest.mark.parametrize("operation", ["test.work.run", "test.unit.set"])
def test_every_form_refuses_alike(world: World, tenant: Tenant, operation: str) -> None:
    assert refusal(world, operation, {}, factories.actor_of("viewer", tenant)).code == "forbidden"
    assert_nothing_happened(world)


def test_scope_narrows_what_the_role_allows(world: World, tenant: Tenant) -> None:
    reader = factories.scoped_actor("admin", ("fleet:read",), tenant)
    assert refusal(world, "test.note.write", {}, reader).code is Code.FORBIDDEN
    assert_nothing_happened(world)


def test_disruption_needs_the_dangerous_scope(world: World, tenant: Tenant) -> None:
    device = factories.device(tenant)
    writer = factories.scoped_actor("engineer", ("fleet:write",), tenant)
    failure = refusal(world, "test.unit.reboot", {"devices": [str(device.id)]}, writer)
    assert failure.code is Code.FORBIDDEN
    assert "fleet:dangerous" in failure.detail
    assert_nothing_happened(world)
    bold = factories.scoped_actor("engineer", ("fleet:write", "fleet:dangerous"), tenant)
    asked = world.call("test.unit.reboot", {"devices": [str(device.id)]}, bold)
    assert asked.status == "needs_confirmation"


def test_foreign_and_absent_devices_sound_the_same(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    foreign = factories.device()
    absent = "0199aaaa-0000-7000-8000-000000000000"
    words = set()
    for number in (str(foreign.id), absent):
        failure = refusal(world, "test.unit.tag", {"devices": [number]}, operator)
        assert failure.code is Code.NOT_FOUND
        words.add(failure.detail.replace(number, "X"))
    assert len(words) == 1
    assert_nothing_happened(world)
    assert verbs.entries() == [("denied", "not_found")] * 2


def test_right_to_see_is_not_the_right_to_act_there(world: World, tenant: Tenant) -> None:
    account = factories.user(tenant, "viewer")
    factories.grant(account, "operator", site_path="/plant/hall-a/")
    actor = actor_of(account)
    here = factories.device(tenant, site_path="/plant/hall-a/")
    there = factories.device(tenant, site_path="/plant/hall-b/")
    both = {"devices": [str(here.id), str(there.id)]}
    assert refusal(world, "test.unit.tag", both, actor).code is Code.NOT_FOUND
    assert_nothing_happened(world)
    assert world.call("test.unit.tag", {"devices": [str(here.id)]}, actor).status == "ok"


def test_operation_without_that_face_does_not_exist_there(world: World, tenant: Tenant) -> None:
    admin = factories.actor_of("admin", tenant)
    assert refusal(world, "test.note.private", {}, admin).code is Code.NOT_FOUND
    assert world.call("test.note.private", {}, admin, face=Face.CONSOLE).status == "ok"


def test_anonymous_callers_get_two_operations(world: World, db: None) -> None:
    nobody = anonymous_actor()
    assert world.call("system.ping", {}, nobody).output is not None
    assert world.call("system.health", {}, nobody).output is not None
    for operation in ("test.note.read", "test.note.write", "system.metrics"):
        assert refusal(world, operation, {}, nobody).code is Code.UNAUTHENTICATED
    assert_nothing_happened(world)


def test_wrong_fields_are_all_named(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    failure = refusal(world, "test.note.write", {"text": "x" * 30, "txet": 1}, operator)
    assert failure.code is Code.INVALID
    assert [error.path for error in failure.errors] == ["text", "txet"]
    assert failure.errors[0].allowed == "text of up to 20 characters"
    assert "'text'" in failure.errors[1].message
    assert failure.detail.endswith("(and 1 more)")
    assert_nothing_happened(world)


def test_missing_right_is_said_before_wrong_input(world: World, tenant: Tenant) -> None:
    failure = refusal(world, "test.note.write", {"nonsense": 1}, factories.actor_of("viewer"))
    assert failure.code is Code.FORBIDDEN


def test_other_failures_while_reaching_leave_no_trace(
    world: World, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = factories.device(tenant)

    def away(*_: object) -> None:
        raise Failure(Code.BUSY, "Later.")

    monkeypatch.setattr(Device.objects, "for_actor", away, raising=False)
    operator = factories.actor_of("operator", tenant)
    assert refusal(world, "test.unit.tag", {"devices": [str(device.id)]}, operator).code == "busy"
    assert verbs.rows() == []
