"""An agent's hour and its switch hold at every door: what it reads counts, however it reads it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connections
from django.test import Client

from apps.accounts import services
from apps.accounts.authenticate import forget_all
from apps.accounts.models import User
from apps.kernel.errors import Failure
from apps.kernel.valkey import valkey
from apps.live.entrance import Request
from apps.live.seat import seat_of
from apps.operations import budgets
from tests.support import factories
from tests.unit.mcp import asking

Door = Callable[[str], str]
#: What a door says of a call that it let in.
IN: Final = ""


def rest(method: str, path: str, **sent: Any) -> Door:
    def knock(key: str) -> str:
        client = Client(raise_request_exception=False, headers={"X-API-Key": key})
        answer = getattr(client, method)(path, **sent)
        return IN if answer.status_code == 200 else str(answer.json()["code"])

    return knock


def mcp(method: str, **params: Any) -> Door:
    def knock(key: str) -> str:
        body = asking.ask(key, method, params).body
        if "error" in body:
            return str(body["error"].get("data", {}).get("code"))
        return str(body["result"].get("structuredContent", {}).get("code", IN))

    return knock


def stream(key: str) -> str:
    try:
        asyncio.run(seat_of(Request({"x-api-key": key, "host": "testserver"}, {}, "127.0.0.1")))
    except Failure as failure:
        return failure.code.value
    return IN


DOORS: Final[dict[str, Door]] = {
    "an operation over REST": rest(
        "post",
        "/api/v1/operations/fleet.device.list",
        data={"input": {}},
        content_type="application/json",
    ),
    "a resource over REST": rest("get", "/api/v1/devices/"),
    "a tool": mcp("tools/call", name="fleet_device_list", arguments={}),
    "a search for tools": mcp("tools/call", name="tools_search", arguments={"query": "reboot"}),
    "a resource of MCP": mcp("resources/read", uri="fleet://summary"),
    "a prompt": mcp("prompts/get", name="shift_handover", arguments={}),
    "a completion": mcp(
        "completion/complete",
        ref={"type": "ref/prompt", "name": "investigate_core_event"},
        argument={"name": "core", "value": "a"},
    ),
    "a live stream": stream,
}


@pytest.fixture
def robot(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """An agent that may call twice in an hour."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    forget_all()
    valkey().flushdb()
    agent = factories.agent(factories.user())
    services.agent_limits_set(agent, calls=2, devices=None)
    return agent


def calls_of(agent: User) -> int:
    """Calls that were counted in this hour."""
    return budgets.used([agent.id])[agent.id][0]


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_what_an_agent_reads_counts_and_ends_with_its_hour(door: Door, robot: User) -> None:
    key = factories.api_key(robot)
    assert door(key) == IN
    assert calls_of(robot) == 1
    assert DOORS["a resource over REST"](key) == IN
    assert door(key) == "rate_limited"
    assert calls_of(robot) == 2


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_stopped_agent_reads_nothing_and_nothing_is_counted(door: Door, robot: User) -> None:
    key = factories.api_key(robot)
    services.agent_stop(robot)
    assert door(key) == "forbidden"
    assert calls_of(robot) == 0


def test_a_person_s_reads_are_nobody_s_budget(robot: User) -> None:
    person = robot.acts_for
    assert person is not None
    for door in DOORS.values():
        assert door(factories.api_key(person)) == IN
    assert (calls_of(robot), calls_of(person)) == (0, 0)
