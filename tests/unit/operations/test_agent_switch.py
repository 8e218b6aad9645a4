"""The switch that stops an agent, or all: at once, everywhere, and until somebody lets it go on."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.authenticate import Credential
from apps.accounts.models import Tenant, User
from apps.accounts.selectors import actor_of, current_actor, schedule_actor
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.live.holder import KeyHolder
from apps.operations import budgets
from apps.operations.core import Face
from apps.operations.readmit import readmit
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.actor_of("admin", tenant)


@pytest.fixture
def robots(tenant: Tenant) -> list[User]:
    return [factories.agent(factories.user(tenant)) for _ in range(2)]


def acting(agent: User) -> Actor:
    return actor_of(agent, key=factories.issued_key(agent).key)


def refused(world: World, operation: str, data: dict[str, Any], actor: Actor) -> Failure:
    with pytest.raises(Failure) as caught:
        world.call(operation, data, actor)
    return caught.value


def told(world: World, operation: str, data: dict[str, Any], actor: Actor) -> dict[str, Any]:
    output = world.call(operation, data, actor).output
    assert output is not None
    return output


def test_a_stopped_agent_does_nothing_and_its_tries_are_written_down(
    world: World, admin: Actor, robots: list[User]
) -> None:
    stopped, other = map(acting, robots)
    world.call("accounts.agent.stop", {"agent": stopped.label}, admin)
    for operation in ("test.note.write", "test.note.read"):
        failure = refused(world, operation, {}, stopped)
        assert failure.code is Code.FORBIDDEN
        assert "This agent was stopped at" in failure.detail
        assert "accounts.agent.resume" in failure.detail
    assert world.done == []
    assert verbs.entries(actor_id=stopped.id) == [("denied", "forbidden")] * 2
    assert world.call("test.note.read", {}, other).status == "ok"


def test_all_are_stopped_together_and_those_to_come(
    world: World, tenant: Tenant, admin: Actor, robots: list[User]
) -> None:
    foreign = factories.actor_of("agent")
    world.call("accounts.agent.stop", {}, admin)
    late = factories.agent(factories.user(tenant))
    for agent in (*robots, late):
        failure = refused(world, "test.note.read", {}, acting(agent))
        assert "All agents of this tenant were stopped" in failure.detail
    assert world.call("test.note.read", {}, foreign).status == "ok"
    assert world.call("test.note.read", {}, factories.actor_of("operator", tenant)).status == "ok"


def test_one_that_was_stopped_alone_stays_so(
    world: World, admin: Actor, robots: list[User]
) -> None:
    alone, other = map(acting, robots)
    world.call("accounts.agent.stop", {"agent": alone.label}, admin)
    world.call("accounts.agent.stop", {}, admin)
    world.call("accounts.agent.resume", {}, admin)
    assert world.call("test.note.read", {}, other).status == "ok"
    refused(world, "test.note.read", {}, alone)
    world.call("accounts.agent.resume", {"agent": alone.label}, admin)
    assert world.call("test.note.read", {}, alone).status == "ok"


def test_the_switch_reaches_jobs_schedules_streams_and_reading(
    world: World, admin: Actor, robots: list[User]
) -> None:
    robot = robots[0]
    issued = factories.issued_key(robot)
    holder, rest = (
        KeyHolder(Credential(issued.text, "")),
        Client(headers={"X-API-Key": issued.text}),
    )
    assert holder.actor().id == robot.id
    assert rest.get("/api/v1/devices/").status_code == 200
    world.call("accounts.agent.stop", {"agent": robot.username}, admin)
    assert current_actor(robot.id, issued.key.id) is None
    assert schedule_actor(schedule_id=new_id(), name="s", owner_id=robot.id) is None
    with pytest.raises(Failure, match="was stopped"):
        holder.actor()
    with pytest.raises(Failure, match="was stopped"):
        budgets.spend_read(actor_of(robot, key=issued.key))
    answer = rest.get("/api/v1/devices/")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_job_of_a_stopped_agent_takes_no_further_step(
    world: World, admin: Actor, robots: list[User]
) -> None:
    robot, operation = acting(robots[0]), verbs.catalogues.installed().get("test.work.run")
    job = factories.job(robot, operation=operation.name, plain=b'{"text": "x"}')
    assert not isinstance(readmit(job, operation), Failure)
    world.call("accounts.agent.stop", {}, admin)
    refusal = readmit(job, operation)
    assert isinstance(refusal, Failure)
    assert refusal.code is Code.FORBIDDEN


def test_whoever_is_on_shift_stops_and_an_administrator_resumes(
    world: World, tenant: Tenant, robots: list[User]
) -> None:
    operator, name = factories.actor_of("operator", tenant), robots[0].username
    world.call("accounts.agent.stop", {"agent": name}, operator)
    for operation in ("accounts.agent.resume", "accounts.agent.limit"):
        assert refused(world, operation, {"agent": name}, operator).code is Code.FORBIDDEN
    assert refused(world, "test.note.read", {}, acting(robots[0])).code is Code.FORBIDDEN


def test_a_misspelt_agent_is_told_the_nearest_and_none_is_stopped(
    world: World, tenant: Tenant, robots: list[User]
) -> None:
    name, admin = robots[0].username, factories.actor_of("admin", tenant)
    failure = refused(world, "accounts.agent.stop", {"agent": f"{name}-x"}, admin)
    assert failure.code is Code.NOT_FOUND
    assert f"Did you mean {name!r}?" in failure.detail
    assert not User.objects.filter(stopped_at__isnull=False).exists()


@pytest.mark.parametrize("operation", ["stop", "resume", "limit"])
def test_agents_do_not_switch_agents(
    world: World, tenant: Tenant, robots: list[User], operation: str
) -> None:
    chief = factories.agent(factories.user(tenant, "admin"), "admin")
    data = {"agent": robots[0].username}
    failure = refused(world, f"accounts.agent.{operation}", data, acting(chief))
    assert failure.code is Code.FORBIDDEN
    robots[0].refresh_from_db()
    assert robots[0].stopped_at is None


@pytest.mark.parametrize("operation", ["stop", "resume", "limit"])
def test_a_person_and_somebody_else_s_agent_are_no_agents_of_ours(
    world: World, tenant: Tenant, admin: Actor, operation: str
) -> None:
    for user in (factories.user(tenant), factories.agent()):
        data = {"agent": user.username}
        assert refused(world, f"accounts.agent.{operation}", data, admin).code is Code.NOT_FOUND
        user.refresh_from_db()
        assert user.stopped_at is None


def test_whoever_holds_a_part_of_the_plant_does_not_stop_its_agents(
    world: World, tenant: Tenant, robots: list[User]
) -> None:
    local = factories.actor_of("admin", tenant, site_path="/plant/hall/")
    for data in ({}, {"agent": robots[0].username}):
        assert refused(world, "accounts.agent.stop", data, local).code is Code.NOT_FOUND
    assert world.call("test.note.read", {}, acting(robots[0])).status == "ok"


def test_the_list_says_who_is_stopped_and_what_was_used(
    world: World, tenant: Tenant, admin: Actor, robots: list[User]
) -> None:
    robot = acting(robots[0])
    limits = {"agent": robot.label, "calls_per_hour": 7, "devices_per_hour": 3}
    world.call("accounts.agent.limit", limits, admin)
    device = str(factories.device(tenant).id)
    world.call("test.unit.tag", {"devices": [device]}, robot)
    world.call("accounts.agent.stop", {"agent": robots[1].username}, admin)
    found = told(world, "accounts.agent.list", {}, admin)
    rows = {row["agent"]: row for row in found["agents"]}
    assert found["all_stopped_at"] is None
    first, second = rows[robots[0].username], rows[robots[1].username]
    assert (first["calls"], first["calls_per_hour"]) == (1, 7)
    assert (first["devices"], first["devices_per_hour"]) == (1, 3)
    assert (first["stopped"], second["stopped"]) == (False, True)
    assert second["calls_per_hour"] == tenant.agent_calls_per_hour


def test_numbers_left_out_are_the_tenant_s_again(
    world: World, tenant: Tenant, admin: Actor, robots: list[User]
) -> None:
    name = robots[0].username
    for numbers in ({"calls_per_hour": 2, "devices_per_hour": 1}, {}):
        world.call("accounts.agent.limit", {"agent": name, **numbers}, admin)
    robots[0].refresh_from_db()
    assert (robots[0].calls_per_hour, robots[0].devices_per_hour) == (None, None)
    (row,) = verbs.rows(operation="accounts.agent.limit", entry="outcome")[1:]
    assert (row.before, row.after) == (
        {"calls": 2, "devices": 1},
        {"calls": None, "devices": None},
    )


def test_the_tenant_s_numbers_are_policies(world: World, admin: Actor, tenant: Tenant) -> None:
    changed = told(world, "accounts.tenant.set", {"agent_calls_per_hour": 9}, admin)
    assert changed["before"]["agent_calls_per_hour"] == 1_000
    tenant.refresh_from_db()
    assert (tenant.agent_calls_per_hour, tenant.agent_devices_per_hour) == (9, 100)


def test_the_console_offers_the_switch(world: World) -> None:
    offered = [one for one in verbs.catalogues.installed() if one.name.startswith("accounts.agent")]
    assert len(offered) == 4
    assert all(one.faces >= {Face.REST, Face.CONSOLE} for one in offered)
    assert not any(Face.MCP in one.faces for one in offered)
