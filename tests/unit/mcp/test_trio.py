"""Search, describe and run reach every tool a caller may use, and no other."""

import json

import pytest

from apps.audit.models import AuditLog
from apps.mcp.schemas import Json
from apps.mcp.tools import book
from tests.support import factories, verbs
from tests.unit.mcp.asking import MANY, Reply, call
from tests.unit.mcp.conftest import KeyOf


def found(key: str, query: str, **more: object) -> list[str]:
    reply = call(key, "tools_search", {"query": query, **more})
    return [line["name"] for line in reply.content["output"]["tools"]]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("pause a schedule", "jobs_schedule_pause"),
        ("blink the light of a miner", "miners_miner_locate"),
        ("circuit breakers", "fleet_breaker_status"),
        ("query_change_events", "qsys_event_list"),
        ("cron", "jobs_schedule_preview"),
    ],
)
def test_words_find_the_tool(key_of: KeyOf, query: str, first: str) -> None:
    assert first in found(key_of("engineer"), query)[:2]


def test_a_search_names_only_what_the_caller_may_use(key_of: KeyOf) -> None:
    viewer, engineer = (
        found(key_of("viewer"), "qsys", limit=100),
        found(key_of("engineer"), "qsys", limit=100),
    )
    assert len(engineer) < 100, "the list is cut: look for less"
    assert set(viewer) < set(engineer)
    assert "qsys_control_set" not in viewer
    assert engineer == sorted(engineer)


def test_a_search_is_cut_and_says_how_many_fit(key_of: KeyOf) -> None:
    output = call(key_of(), "tools_search", {"limit": 2}).content["output"]
    assert len(output["tools"]) == 2
    assert output["total"] > 20


def test_nothing_found_is_no_failure(key_of: KeyOf) -> None:
    reply = call(key_of(), "tools_search", {"query": "zeppelin"})
    assert reply.content == {"status": "ok", "output": {"tools": [], "total": 0}}


def test_a_description_is_the_declaration(key_of: KeyOf) -> None:
    reply = call(key_of(), "tools_describe", {"tools": ["qsys.control.set", "jobs_job_get"]})
    entries = [book().find(name) for name in ("qsys_control_set", "jobs_job_get")]
    told: list[Json] = reply.content["output"]["tools"]
    assert told == [
        one.tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        for one in entries
        if one is not None
    ]


def answer_of(reply: Reply) -> str:
    """A refusal without the request's own id."""
    content = {name: value for name, value in reply.content.items() if name != "request_id"}
    return json.dumps(content)


@pytest.mark.parametrize("tool", ["tools_describe", "tools_run"])
def test_what_one_may_not_use_is_as_if_it_were_not_there(
    key_of: KeyOf, world: verbs.World, tool: str
) -> None:
    key = key_of("viewer")

    def asked(name: str) -> str:
        arguments = {"tools": [name]} if tool == "tools_describe" else {"tool": name}
        return answer_of(call(key, tool, arguments)).replace(name, "NAME")

    assert asked("zzzz_work_once") == asked("test_work_once").replace(
        " Did you mean 'test_note_look'?", ""
    )
    assert world.done == []


def test_a_carried_call_is_the_call_itself(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    arguments = {"text": "hello", "reason": "to see"}
    reply = call(key, "tools_run", {"tool": "test.note.write", "arguments": arguments})
    assert reply.content["status"] == "ok"
    assert [data.model_dump() for data in world.done] == [{"text": "hello"}]
    assert {row.operation for row in AuditLog.system.all()} == {"test.note.write"}
    assert {row.reason for row in AuditLog.system.all()} == {"to see"}


def test_a_carried_call_is_confirmed_where_it_was_planned(
    key_of: KeyOf, world: verbs.World
) -> None:
    user = factories.user()
    key, device = factories.api_key(user), factories.device(user.tenant)
    arguments = {"devices": [str(device.id)]}
    plan = call(key, "tools_run", {"tool": "test_unit_reboot", "arguments": arguments}).content
    assert plan["status"] == "needs_confirmation"
    assert world.done == []
    confirmed = {**arguments, "confirmation": plan["confirmation"]}
    done = call(key, "tools_run", {"tool": "test_unit_reboot", "arguments": confirmed})
    assert done.content["status"] == "ok"
    assert len(world.done) == 1


def test_a_refused_attempt_through_run_is_written_down(key_of: KeyOf, world: verbs.World) -> None:
    call(key_of("viewer"), "tools_run", {"tool": "test_note_write", "arguments": {"text": "x"}})
    assert verbs.entries() == [("denied", "forbidden")]
    assert world.done == []


@pytest.mark.parametrize(
    ("tool", "arguments", "path"),
    [
        ("tools_run", {}, "tool"),
        ("tools_run", {"tool": "system_ping", "argumnets": {}}, "argumnets"),
        ("tools_run", {"tool": "system_ping", "arguments": 3}, "arguments"),
        ("tools_search", {"limit": 0}, "limit"),
        ("tools_describe", {"tools": []}, "tools"),
    ],
)
def test_a_wrong_argument_is_named(key_of: KeyOf, tool: str, arguments: Json, path: str) -> None:
    reply = call(key_of(), tool, arguments)
    assert reply.result["isError"] is True
    assert [error["path"] for error in reply.content["errors"]] == [path]


def test_one_run_does_not_carry_another(key_of: KeyOf) -> None:
    reply = call(key_of(), "tools_run", {"tool": "tools_run", "arguments": {"tool": "x"}})
    assert reply.content["code"] == "not_found"


def test_looking_costs_what_a_read_costs(key_of: KeyOf) -> None:
    reply = call(key_of("agent"), "tools_search", {}, times=MANY)
    assert reply.error["code"] == -32005
