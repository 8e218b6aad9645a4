"""The switch for agents in the console: a form like any other, in reach of whoever is on shift."""

from collections.abc import Callable

from django.test import Client

from apps.accounts.models import Tenant
from apps.accounts.selectors import agent_limits
from tests.support import factories


def test_one_agent_is_chosen_and_stopped(operator: Client, tenant: Tenant) -> None:
    robot, other = (factories.agent(factories.user(tenant)) for _ in range(2))
    foreign = factories.agent()
    page = operator.get("/operations/accounts.agent.stop/").content.decode()
    assert f'<option value="{robot.username}">' in page
    assert foreign.username not in page
    assert "Leave it out to stop all of the tenant." in page
    answer = operator.post("/operations/accounts.agent.stop/", {"in.agent": robot.username})
    assert answer.status_code == 200
    stopped, running = agent_limits(robot.id), agent_limits(other.id)
    assert stopped is not None
    assert running is not None
    assert stopped.stopped_at is not None
    assert running.stopped_at is None


def test_all_are_stopped_where_none_is_chosen(operator: Client, tenant: Tenant) -> None:
    robot = factories.agent(factories.user(tenant))
    operator.post("/operations/accounts.agent.stop/", {"in.agent": "", "reason": "They loop."})
    found = agent_limits(robot.id)
    assert found is not None
    assert found.all_stopped_at is not None


def test_who_may_only_look_has_no_switch(login: Callable[..., Client], tenant: Tenant) -> None:
    robot = factories.agent(factories.user(tenant))
    viewer = login("viewer")
    assert "accounts.agent.stop" not in viewer.get("/operations/").content.decode()
    answer = viewer.post("/operations/accounts.agent.stop/", {"in.agent": robot.username})
    assert answer.status_code in (403, 404)
    found = agent_limits(robot.id)
    assert found is not None
    assert found.stopped_at is None


def test_an_administrator_lets_it_go_on(login: Callable[..., Client], tenant: Tenant) -> None:
    robot, admin = factories.agent(factories.user(tenant)), login("admin")
    for verb in ("stop", "resume"):
        name = f"/operations/accounts.agent.{verb}/"
        assert admin.post(name, {"in.agent": robot.username}).status_code == 200
    found = agent_limits(robot.id)
    assert found is not None
    assert found.stopped_at is None
