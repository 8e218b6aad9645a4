"""What an agent may use up in an hour: never more, counted once, and nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts import services
from apps.accounts.models import Tenant, User
from apps.accounts.selectors import actor_of, schedule_actor
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey
from apps.operations import budgets
from apps.operations.core import Face
from apps.operations.models import IdempotencyKey
from tests.support import factories, verbs
from tests.support.verbs import World

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 10, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def time() -> Iterator[clock.ManualClock]:
    """Twenty past ten, until a test moves it."""
    with clock.using(clock.ManualClock(START)) as moved:
        yield moved


@pytest.fixture
def robot(tenant: Tenant) -> User:
    return factories.agent(factories.user(tenant))


def limited(agent: User, *, calls: int | None = None, devices: int | None = None) -> Actor:
    """The agent with numbers of its own, quick enough for the limiter."""
    services.agent_limits_set(agent, calls=calls, devices=devices)
    return actor_of(agent, key=factories.issued_key(agent).key)


def refused(world: World, operation: str, data: dict[str, object], actor: Actor) -> Failure:
    with pytest.raises(Failure) as caught:
        world.call(operation, data, actor)
    return caught.value


def test_the_last_call_of_the_hour_is_followed_by_a_refusal(world: World, robot: User) -> None:
    actor = limited(robot, calls=3)
    for _ in range(3):
        world.call("test.note.read", {}, actor)
    failure = refused(world, "test.note.write", {}, actor)
    assert failure.code is Code.RATE_LIMITED
    assert failure.retry_after == 40 * 60
    assert "the 3 calls it has for this hour; nothing was done" in failure.detail
    assert "11:00 UTC" in failure.detail
    assert "accounts.agent.limit" in failure.detail
    assert len(world.done) == 3
    assert verbs.entries() == []


def test_the_next_hour_begins_anew(world: World, robot: User, time: clock.ManualClock) -> None:
    actor = limited(robot, calls=1)
    world.call("test.note.read", {}, actor)
    time.advance(40 * 60 - 1)
    refused(world, "test.note.read", {}, actor)
    time.advance(1)
    assert world.call("test.note.read", {}, actor).status == "ok"


def test_devices_are_counted_once_each(world: World, tenant: Tenant, robot: User) -> None:
    actor = limited(robot, devices=2)
    one, two, three = (str(factories.device(tenant).id) for _ in range(3))
    for found in ([one], [one, two], [two]):
        world.call("test.unit.tag", {"devices": found}, actor)
    failure = refused(world, "test.unit.tag", {"devices": [one, three]}, actor)
    assert failure.code is Code.RATE_LIMITED
    assert "may change 2 devices in an hour" in failure.detail
    assert len(world.done) == 3
    assert world.call("test.unit.tag", {"devices": [one]}, actor).status == "ok"


def test_a_plan_touches_nothing_and_its_run_does(world: World, tenant: Tenant, robot: User) -> None:
    actor = limited(robot, devices=1)
    one, two = (str(factories.device(tenant).id) for _ in range(2))
    for found in (one, two):
        plan = world.call("test.unit.reboot", {"devices": [found]}, actor)
        world.call("test.unit.tag", {"devices": [found]}, actor, dry_run=True)
    assert budgets.used([robot.id])[robot.id] == (4, 0)
    world.call("test.unit.reboot", {"devices": [two]}, actor, confirmation=plan.confirmation)
    assert budgets.used([robot.id])[robot.id] == (5, 1)
    refused(world, "test.unit.tag", {"devices": [one]}, actor)
    assert len(world.done) == 1


def test_a_refused_call_leaves_no_claim_and_uses_nothing_up(
    world: World, tenant: Tenant, robot: User
) -> None:
    actor = limited(robot, calls=5, devices=0)
    device = str(factories.device(tenant).id)
    refused(world, "test.unit.tag", {"devices": [device]}, actor)
    assert budgets.used([robot.id])[robot.id] == (0, 0)
    assert IdempotencyKey.objects.count() == 0
    assert verbs.entries() == []
    assert world.done == []


def test_the_tenant_s_numbers_hold_where_an_agent_has_none(world: World) -> None:
    tenant = factories.tenant(agent_calls_per_hour=1)
    robot, other = (factories.agent(factories.user(tenant)) for _ in range(2))
    actor = limited(robot)
    world.call("test.note.read", {}, actor)
    refused(world, "test.note.read", {}, actor)
    assert world.call("test.note.read", {}, limited(other, calls=2)).status == "ok"


def test_a_schedule_uses_up_what_its_agent_has(world: World, tenant: Tenant, robot: User) -> None:
    limited(robot, devices=1)
    by_agent, by_person = (
        schedule_actor(schedule_id=new_id(), name="s", owner_id=owner.id)
        for owner in (robot, factories.user(tenant))
    )
    one, two = (str(factories.device(tenant).id) for _ in range(2))
    for actor in (by_agent, by_person):
        assert actor is not None
        world.call("test.unit.tag", {"devices": [one]}, actor, face=Face.SCHEDULE)
    assert by_agent is not None
    with pytest.raises(Failure, match="may change 1 devices"):
        world.call("test.unit.tag", {"devices": [two]}, by_agent, face=Face.SCHEDULE)
    assert budgets.used([robot.id])[robot.id] == (1, 1)
    assert len(world.done) == 2


def test_people_and_their_keys_have_no_budget(world: World) -> None:
    tenant = factories.tenant(agent_calls_per_hour=0, agent_devices_per_hour=0)
    device = str(factories.device(tenant).id)
    for actor in (
        factories.actor_of("operator", tenant),
        factories.scoped_actor("operator", ("fleet:write",), tenant),
    ):
        assert world.call("test.unit.tag", {"devices": [device]}, actor).status == "ok"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    groups=st.lists(st.sets(st.integers(0, 8), max_size=5), min_size=1, max_size=25),
    calls=st.integers(0, 12),
    devices=st.integers(0, 8),
)
def test_never_more_than_the_numbers_say(
    tenant: Tenant, groups: list[set[int]], calls: int, devices: int
) -> None:
    actor = limited(factories.agent(factories.user(tenant)), calls=calls, devices=devices)
    ids = [new_id() for _ in range(9)]
    made, touched = 0, set[int]()
    for group in groups:
        try:
            budgets.spend(actor, [ids[one] for one in group], dangerous=False)
        except Failure:
            assert made == calls or (group and len(touched | group) > devices)
        else:
            made, touched = made + 1, touched | group
    assert budgets.used([actor.id])[actor.id] == (made, len(touched))
    assert made <= calls
    assert len(touched) <= devices


def test_counts_do_not_outlive_their_hour_by_much(world: World, robot: User) -> None:
    world.call("test.note.read", {}, limited(robot))
    (key,) = valkey().keys(f"cp:budget:{{{robot.id}}}:*")
    assert 0 < valkey().ttl(key) <= timedelta(hours=2).total_seconds()


class Away:
    """A server that is not there."""

    def eval(self, *_: object) -> None:
        raise redis.ConnectionError("refused")


def test_without_valkey_only_dangerous_calls_wait(
    tenant: Tenant, robot: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "valkey", Away)
    actor = limited(robot, calls=0)
    budgets.spend(actor, (), dangerous=False)
    with pytest.raises(Failure) as caught:
        budgets.spend(actor, (), dangerous=True)
    assert caught.value.code is Code.BUSY
