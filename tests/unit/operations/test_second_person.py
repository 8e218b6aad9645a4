"""What one person must not do alone waits for another one, whom the database keeps apart."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Tenant
from apps.accounts.selectors import actor_of, schedule_actor
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.operations import approvals
from apps.operations.core import Face
from apps.operations.models import Approval
from apps.operations.outcome import Outcome
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def device(tenant: Tenant) -> Device:
    return factories.device(tenant)


@pytest.fixture
def operator(tenant: Tenant) -> Actor:
    return factories.actor_of("operator", tenant)


@pytest.fixture
def approver(tenant: Tenant) -> Actor:
    return factories.actor_of("approver", tenant)


def confirmed(
    world: World,
    actor: Actor,
    devices: list[Device],
    operation: str = "test.unit.wipe",
    **more: Any,
) -> Outcome:
    """The call with the confirmation of its own plan."""
    data = {"devices": [str(device.id) for device in devices]}
    asked = world.call(operation, data, actor)
    return world.call(operation, data, actor, confirmation=asked.confirmation, **more)


def repeated(
    world: World, actor: Actor, devices: list[Device], waiting: Outcome, operation: str
) -> Outcome:
    data = {"devices": [str(device.id) for device in devices]}
    return world.call(operation, data, actor, confirmation=waiting.confirmation)


def grant(world: World, actor: Actor, approval: Any, comment: str = "") -> Outcome:
    return world.call(
        "operations.approval.grant", {"approval": str(approval), "comment": comment}, actor
    )


def test_destructive_call_waits_then_runs_once(
    world: World, operator: Actor, approver: Actor, device: Device
) -> None:
    waiting = confirmed(world, operator, [device], reason="end of life")
    assert waiting.status == "needs_approval"
    assert waiting.approval is not None
    assert world.done == []
    row = Approval.system.get()
    assert (row.state, row.reason, row.requester_id) == ("pending", "end of life", operator.id)
    granted = grant(world, approver, row.id, "go ahead")
    assert granted.output is not None
    assert granted.output["state"] == "granted"
    assert world.done == [], "granting runs nothing"
    assert repeated(world, operator, [device], waiting, "test.unit.wipe").status == "ok"
    row.refresh_from_db()
    assert (row.state, row.comment) == ("used", "go ahead")
    assert len(world.done) == 1
    with pytest.raises(Failure):
        repeated(world, operator, [device], waiting, "test.unit.wipe")
    assert len(world.done) == 1
    assert [told["verdict"] for told in verbs.told("operations.approval.decided")] == ["granted"]


def test_asking_again_files_no_second_request(
    world: World, operator: Actor, device: Device
) -> None:
    first = confirmed(world, operator, [device])
    second = confirmed(world, operator, [device])
    assert first.approval == second.approval
    assert Approval.system.count() == 1
    assert len(verbs.told("operations.approval.requested")) == 1


def test_nobody_grants_their_own_request(world: World, tenant: Tenant, device: Device) -> None:
    account = factories.user(tenant, "admin")
    admin = actor_of(account)
    waiting = confirmed(world, admin, [device])
    assert waiting.approval is not None
    through_a_key = actor_of(account, key=factories.issued_key(account).key)
    for actor in (admin, through_a_key):
        with pytest.raises(Failure) as caught:
            grant(world, actor, waiting.approval.id)
        assert caught.value.code is Code.FORBIDDEN
    assert Approval.system.get().state == "pending"


def test_person_does_not_grant_what_their_agent_asked(
    world: World, tenant: Tenant, device: Device
) -> None:
    person = factories.user(tenant, "admin")
    agent = factories.agent(person, "operator")
    waiting = confirmed(world, actor_of(agent), [device])
    assert waiting.approval is not None
    with pytest.raises(Failure) as caught:
        grant(world, actor_of(person), waiting.approval.id)
    assert caught.value.code is Code.FORBIDDEN


def test_person_does_not_grant_what_a_schedule_of_their_agent_asked(
    world: World, tenant: Tenant, device: Device
) -> None:
    person = factories.user(tenant, "admin")
    agent = factories.agent(person, "admin")
    actor = schedule_actor(schedule_id=device.id, name="nightly", owner_id=agent.id)
    assert actor is not None
    waiting = confirmed(world, actor, [device], face=Face.SCHEDULE)
    row = Approval.system.get()
    assert (row.person_id, row.schedule_id) == (person.id, device.id)
    assert waiting.approval is not None
    with pytest.raises(Failure):
        grant(world, actor_of(person), waiting.approval.id)


def test_agents_never_approve(
    world: World, tenant: Tenant, operator: Actor, device: Device
) -> None:
    waiting = confirmed(world, operator, [device])
    agent = actor_of(factories.agent(factories.user(tenant, "admin"), "admin"))
    assert waiting.approval is not None
    with pytest.raises(Failure) as caught:
        grant(world, agent, waiting.approval.id)
    assert caught.value.code is Code.FORBIDDEN


def test_permission_to_approve_has_to_reach_the_place(
    world: World, tenant: Tenant, operator: Actor
) -> None:
    there = factories.device(tenant, site_path="/plant/hall-b/")
    waiting = confirmed(world, operator, [there])
    assert waiting.approval is not None
    elsewhere = factories.actor_of("approver", tenant, site_path="/plant/hall-a/")
    with pytest.raises(Failure) as caught:
        grant(world, elsewhere, waiting.approval.id)
    assert caught.value.code is Code.NOT_FOUND
    viewer = factories.user(tenant, "viewer")
    factories.grant(viewer, "approver", site_path="/plant/hall-a/")
    with pytest.raises(Failure):
        grant(world, actor_of(viewer), waiting.approval.id)
    stranger = factories.actor_of("approver")
    with pytest.raises(Failure) as caught:
        grant(world, stranger, waiting.approval.id)
    assert caught.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("column", ["requester_id", "person_id"])
def test_database_keeps_approver_and_requester_apart(
    world: World, tenant: Tenant, device: Device, column: str
) -> None:
    agent = actor_of(factories.agent(factories.user(tenant, "operator")))
    confirmed(world, agent, [device])
    row = Approval.system.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.system.filter(id=row.id).update(state="granted", approver_id=getattr(row, column))


def test_refused_request_stays_refused(
    world: World, operator: Actor, approver: Actor, device: Device
) -> None:
    waiting = confirmed(world, operator, [device])
    assert waiting.approval is not None
    data = {"approval": str(waiting.approval.id), "comment": "not tonight"}
    world.call("operations.approval.refuse", data, approver)
    with pytest.raises(Failure) as caught:
        grant(world, approver, waiting.approval.id)
    assert caught.value.code is Code.CONFLICT
    again = repeated(world, operator, [device], waiting, "test.unit.wipe")
    assert again.status == "needs_approval"
    assert again.approval != waiting.approval, "a new request, to be decided anew"
    assert world.done == []


def test_granted_request_is_bound_to_its_plan(
    world: World, tenant: Tenant, operator: Actor, approver: Actor, device: Device
) -> None:
    other = factories.device(tenant)
    waiting = confirmed(world, operator, [device, other])
    assert waiting.approval is not None
    grant(world, approver, waiting.approval.id)
    world.refused = {other.id}
    with pytest.raises(Failure) as caught:
        repeated(world, operator, [device, other], waiting, "test.unit.wipe")
    assert caught.value.code is Code.STALE_PLAN
    assert confirmed(world, operator, [device, other]).status == "needs_approval"
    assert world.done == []


def test_request_expires(world: World, operator: Actor, approver: Actor, device: Device) -> None:
    with clock.using(ManualClock(clock.now())) as time:
        waiting = confirmed(world, operator, [device])
        time.advance(86_401)
        assert waiting.approval is not None
        with pytest.raises(Failure) as caught:
            grant(world, approver, waiting.approval.id)
        assert caught.value.code is Code.CONFLICT
        assert approvals.expired_close() == 1
        assert approvals.expired_close() == 0
        assert Approval.system.get().state == "expired"
        assert confirmed(world, operator, [device]).approval != waiting.approval


def test_granted_request_comes_back_after_a_failure_that_did_nothing(
    world: World, operator: Actor, approver: Actor, device: Device
) -> None:
    waiting = confirmed(world, operator, [device])
    assert waiting.approval is not None
    grant(world, approver, waiting.approval.id)
    world.then(Failure(Code.BUSY, "Later."))
    with pytest.raises(Failure):
        repeated(world, operator, [device], waiting, "test.unit.wipe")
    assert Approval.system.get().state == "granted"
    assert repeated(world, operator, [device], waiting, "test.unit.wipe").status == "ok"


def test_spent_request_cannot_be_spent_again(world: World, operator: Actor, device: Device) -> None:
    confirmed(world, operator, [device])
    with pytest.raises(Failure) as caught:
        approvals.use(Approval.system.get().id)
    assert caught.value.code is Code.STALE_PLAN


def test_large_batch_needs_a_second_person(world: World, db: None) -> None:
    tenant = factories.tenant(batch_threshold=2)
    operator = factories.actor_of("operator", tenant)
    devices = [factories.device(tenant) for _ in range(3)]
    two = {"devices": [str(device.id) for device in devices[:2]]}
    assert world.call("test.unit.tag", two, operator).status == "ok"
    three = confirmed(world, operator, devices, "test.unit.tag")
    assert three.status == "needs_approval"
    assert len(world.done) == 1


def test_agent_needs_a_second_person_where_the_tenant_wants_it(world: World, db: None) -> None:
    careful = factories.tenant(agents_need_approval=True)
    easy = factories.tenant()
    for tenant, expected in ((careful, "needs_approval"), (easy, "ok")):
        agent = factories.actor_of("agent", tenant)
        device = factories.device(tenant)
        assert confirmed(world, agent, [device], "test.unit.reboot").status == expected


def test_unknown_request_is_not_found(world: World, approver: Actor) -> None:
    with pytest.raises(Failure) as caught:
        grant(world, approver, approver.id)
    assert caught.value.code is Code.NOT_FOUND
    with pytest.raises(Failure) as caught:
        approvals.decide(approver, approver.id, grant=True, comment="")
    assert caught.value.code is Code.NOT_FOUND


def test_right_to_approve_elsewhere_is_not_enough(
    world: World, tenant: Tenant, operator: Actor
) -> None:
    there = factories.device(tenant, site_path="/plant/hall-b/")
    confirmed(world, operator, [there])
    local = factories.user(tenant, "viewer")
    factories.grant(local, "approver", site_path="/plant/hall-a/")
    with pytest.raises(Failure) as caught:
        approvals.decide(actor_of(local), Approval.system.get().id, grant=True, comment="")
    assert caught.value.code is Code.FORBIDDEN
    assert "test.approve" in caught.value.detail
    assert Approval.system.get().state == "pending"


@pytest.mark.django_db(transaction=True)
def test_parallel_calls_file_one_request(world: World) -> None:
    tenant = factories.tenant()
    operator, device = factories.actor_of("operator", tenant), factories.device(tenant)
    data = {"devices": [str(device.id)]}
    confirmation = world.call("test.unit.wipe", data, operator).confirmation
    start = threading.Barrier(8)

    def ask(_: int) -> Any:
        start.wait(10)
        try:
            return world.call("test.unit.wipe", data, operator, confirmation=confirmation).approval
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        links = list(pool.map(ask, range(8)))
    assert {link.id for link in links} == {Approval.system.get().id}


@pytest.mark.django_db(transaction=True)
def test_parallel_calls_with_one_confirmation_act_once(world: World) -> None:
    tenant = factories.tenant()
    operator, device = factories.actor_of("operator", tenant), factories.device(tenant)
    data = {"devices": [str(device.id)]}
    confirmation = world.call("test.unit.reboot", data, operator).confirmation
    start = threading.Barrier(8)

    def go(number: int) -> str:
        start.wait(10)
        try:
            key = f"k{number}"
            return world.call(
                "test.unit.reboot", data, operator, confirmation=confirmation, key=key
            ).status
        except Failure as failure:
            return failure.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        verdicts = sorted(pool.map(go, range(8)))
    assert verdicts == ["ok"] + ["stale_plan"] * 7
    assert len(world.done) == 1
