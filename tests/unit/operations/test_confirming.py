"""A disruptive call runs only with a confirmation of exactly what it would do, once."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.operations.models import Approval
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal, PlanTarget
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def device(tenant: Tenant) -> Device:
    return factories.device(tenant)


@pytest.fixture
def operator(tenant: Tenant) -> Actor:
    return factories.actor_of("operator", tenant)


def reboot(world: World, actor: Actor, *devices: Device, **fields: Any) -> Outcome:
    text = fields.pop("text", "")
    data = {"devices": [str(device.id) for device in devices], "text": text}
    return world.call("test.unit.reboot", data, actor, **fields)


def refused(world: World, actor: Actor, *devices: Device, **fields: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        reboot(world, actor, *devices, **fields)
    assert world.done == []
    return caught.value


def test_first_call_plans_and_does_nothing(world: World, operator: Actor, device: Device) -> None:
    asked = reboot(world, operator, device)
    assert asked.status == "needs_confirmation"
    assert asked.plan is not None
    assert [target.id for target in asked.plan.targets] == [device.id]
    assert asked.confirmation
    assert asked.expires_at is not None
    assert asked.expires_at.endswith("Z")
    assert world.done == []
    assert verbs.rows() == []


def test_confirmed_call_runs_and_names_its_plan(
    world: World, operator: Actor, device: Device
) -> None:
    asked = reboot(world, operator, device)
    done = reboot(world, operator, device, confirmation=asked.confirmation)
    assert done.status == "ok"
    assert len(world.done) == 1
    assert asked.plan is not None
    assert {row.plan_hash for row in verbs.rows()} == {asked.plan.hash}
    assert {row.device_id for row in verbs.rows()} == {device.id}


def test_confirmation_is_used_once(world: World, operator: Actor, device: Device) -> None:
    asked = reboot(world, operator, device)
    reboot(world, operator, device, confirmation=asked.confirmation)
    with pytest.raises(Failure) as caught:
        reboot(world, operator, device, confirmation=asked.confirmation)
    assert caught.value.code is Code.STALE_PLAN
    assert len(world.done) == 1
    assert verbs.entries() == [("intent", ""), ("outcome", "ok"), ("denied", "stale_plan")]


def test_confirmation_comes_back_after_a_failure_that_did_nothing(
    world: World, operator: Actor, device: Device
) -> None:
    asked = reboot(world, operator, device)
    world.then(Failure(Code.BUSY, "Later."))
    with pytest.raises(Failure):
        reboot(world, operator, device, confirmation=asked.confirmation)
    assert reboot(world, operator, device, confirmation=asked.confirmation).status == "ok"


def test_confirmation_expires(world: World, operator: Actor, device: Device) -> None:
    with clock.using(ManualClock(clock.now())) as time:
        asked = reboot(world, operator, device)
        time.advance(601)
        failure = refused(world, operator, device, confirmation=asked.confirmation)
    assert failure.code is Code.STALE_PLAN
    assert "expired" in failure.detail


def test_confirmation_of_another_actor_is_refused(
    world: World, tenant: Tenant, operator: Actor, device: Device
) -> None:
    asked = reboot(world, factories.actor_of("operator", tenant), device)
    failure = refused(world, operator, device, confirmation=asked.confirmation)
    assert "another call" in failure.detail


def test_confirmation_of_another_input_is_refused(
    world: World, operator: Actor, device: Device
) -> None:
    asked = reboot(world, operator, device, text="one")
    assert refused(world, operator, device, text="two", confirmation=asked.confirmation)


def test_confirmation_of_another_operation_is_refused(
    world: World, operator: Actor, device: Device
) -> None:
    data = {"devices": [str(device.id)], "text": ""}
    asked = world.call("test.unit.wipe", data, operator)
    assert refused(world, operator, device, confirmation=asked.confirmation).code == "stale_plan"


def test_confirmation_of_another_plan_is_refused(
    world: World, tenant: Tenant, operator: Actor, device: Device
) -> None:
    other = factories.device(tenant)
    asked = reboot(world, operator, device, other)
    world.refused = {other.id}
    failure = refused(world, operator, device, other, confirmation=asked.confirmation)
    assert failure.code is Code.STALE_PLAN
    assert "has changed" in failure.detail


def test_plan_without_anything_to_do_is_refused_with_its_reason(
    world: World, operator: Actor, device: Device
) -> None:
    world.refused = {device.id}
    failure = refused(world, operator, device)
    assert failure.code is Code.CONFLICT
    assert failure.detail == f"{device.name} is busy."
    assert refused(world, operator).detail == "There is nothing to act on."


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAAB", "ß", "x" * 5000])
def test_foreign_token_is_refused(
    world: World, operator: Actor, device: Device, token: str
) -> None:
    assert refused(world, operator, device, confirmation=token).code is Code.STALE_PLAN


@pytest.mark.parametrize("sealed", [b"{}", b'["other", 1]', b'"text"', b"not json", b"[]"])
def test_other_things_under_the_same_key_are_no_confirmation(
    world: World, operator: Actor, device: Device, sealed: bytes
) -> None:
    token = keyring().seal(sealed).decode()
    assert refused(world, operator, device, confirmation=token).code is Code.STALE_PLAN


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_tampered_token_is_refused(
    world: World, operator: Actor, device: Device, place: int, change: int
) -> None:
    factories.forget_limits(operator)
    token = reboot(world, operator, device).confirmation or ""
    spot = place % (len(token) - 2)
    other = chr(33 + (ord(token[spot]) + change) % 90)
    if other == token[spot]:
        return
    altered = token[:spot] + other + token[spot + 1 :]
    assert refused(world, operator, device, confirmation=altered).code is Code.STALE_PLAN


def test_live_readings_do_not_change_the_hash(operator: Actor, device: Device) -> None:
    def plan(before: Any, after: Any = "on", reason: str | None = None) -> str:
        target = PlanTarget(kind="device", id=device.id, label="x")
        change = PlanChange(target=device.id, what="power", before=before, after=after)
        refusals = (PlanRefusal(target=device.id, reason=reason),) if reason is not None else ()
        return Plan(targets=(target,), changes=(change,), refusals=refusals).hash

    assert plan(20.1) == plan(73.9)
    assert len({plan(1), plan(1, "off"), plan(1, reason="busy")}) == 3


def test_approval_is_only_filed_after_the_confirmation(
    world: World, operator: Actor, device: Device
) -> None:
    world.call("test.unit.wipe", {"devices": [str(device.id)]}, operator)
    assert Approval.system.count() == 0
