"""Which way a request takes: the one decision, case by case."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps.kernel.actor import Actor, anonymous_actor, system_actor
from apps.mcp import extras
from apps.mcp.extras import Extra
from apps.mcp.message import message_of
from apps.mcp.route import Way, open_session, way_of
from apps.mcp.session.opening import opening_of
from apps.mcp.visit import Visit, visit_of
from tests.support import verbs
from tests.support.asgi import scope_of
from tests.support.conformance.fitting import said, tool
from tests.unit.mcp.asking import HANDSHAKE, MODERN

pytestmark = pytest.mark.usefixtures("scripted")
BOTH = "application/json, text/event-stream"
ELICITS = {"elicitation": {}}
TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


@pytest.fixture
def scripted() -> Iterator[None]:
    with verbs.catalogue():
        yield


async def nowhere(message: Any) -> None:
    raise AssertionError("a decision answers nothing")


def visited(headers: dict[str, str], actor: Actor, method: str = "POST") -> Visit:
    common = {"accept": BOTH, "content-type": "application/json"}
    visit = visit_of(scope_of("/mcp", method=method, headers={**common, **headers}), nowhere)
    visit.actor = actor
    return visit


def modern(
    method: str,
    *,
    can: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    actor: Actor | None = None,
    **params: Any,
) -> Way:
    """The way of a modern request."""
    said = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": can or {},
        **(meta or {}),
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": said}}
    sent = {"mcp-protocol-version": MODERN, "mcp-method": method, **(headers or {})}
    if "name" in params:
        sent.setdefault("mcp-name", params["name"])
    visit = visited(sent, actor or system_actor("test"))
    return way_of(visit, message_of(json.dumps(body).encode(), visit.headers))


def handshake(
    method: str,
    *,
    headers: dict[str, str] | None = None,
    actor: Actor | None = None,
    **params: Any,
) -> Way:
    """The way of a request of the handshake's era."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    visit = visited(headers or {}, actor or system_actor("test"))
    message = message_of(json.dumps(body).encode(), visit.headers)
    if method == "initialize":
        open_session(visit, message)
    return way_of(visit, message)


def opening(can: dict[str, Any], **more: Any) -> Way:
    told = {"capabilities": can, "clientInfo": {"name": "t", "version": "1"}}
    return handshake("initialize", protocolVersion=HANDSHAKE, **told, **more)


def test_what_is_hot_is_thin() -> None:
    assert modern("server/discover") is Way.THIN
    assert modern("tools/list") is Way.THIN
    assert modern("tools/call", name="system_ping", arguments={}) is Way.THIN
    assert handshake("tools/list") is Way.THIN
    assert handshake("ping") is Way.THIN
    assert handshake("tools/call", name="system_ping") is Way.THIN
    assert opening({}) is Way.THIN


def test_what_is_odd_is_the_sdk_s() -> None:
    assert modern("resources/list") is Way.JSON
    assert modern("tools/list", cursor="x") is Way.JSON
    assert modern("nothing/of/the/kind") is Way.JSON
    assert handshake("resources/read", uri="fleet://devices") is Way.JSON
    assert handshake("server/discover") is Way.JSON
    assert modern("ping") is Way.JSON


def test_what_streams_streams() -> None:
    listens = {"progressToken": 1}
    assert modern("tools/call", meta=listens, name="test_note_read", arguments={}) is Way.STREAM
    assert handshake("tools/call", name="test_note_read", _meta=listens) is Way.STREAM
    assert modern("resources/list", meta=listens) is Way.STREAM


def test_a_subscription_in_order_is_plain() -> None:
    listen = "subscriptions/listen"
    whole = {"toolsListChanged": True, "resourceSubscriptions": ["jobs://jobs"]}
    assert modern(listen, notifications={}) is Way.PLAIN
    assert modern(listen, notifications=whole) is Way.PLAIN
    assert modern(listen, notifications={"taskIds": ["1"]}, can=TASKS) is Way.PLAIN


def test_an_odd_subscription_is_the_sdk_s() -> None:
    listen = "subscriptions/listen"
    odd: list[Any] = [
        None,
        [],
        {"other": True},
        {"toolsListChanged": 1},
        {"resourceSubscriptions": "jobs://jobs"},
        {"resourceSubscriptions": [1]},
        {"resourceSubscriptions": ["jobs://jobs"] * 1_001},
        {"taskIds": ["1"]},
    ]
    for filters in odd:
        assert modern(listen, notifications=filters) is Way.STREAM, filters
    assert modern(listen) is Way.STREAM
    plain = {"accept": "application/json"}
    assert modern(listen, notifications={}, headers=plain) is Way.JSON


def test_a_pure_read_has_nothing_to_stream() -> None:
    assert modern("tools/call", meta={"progressToken": 1}, name="system_ping") is Way.THIN


def test_who_takes_no_stream_gets_none() -> None:
    plain = {"accept": "application/json"}
    call = {"name": "test_note_read", "arguments": {}}
    assert modern("tools/call", meta={"progressToken": 1}, headers=plain, **call) is Way.JSON
    told = {"capabilities": ELICITS, "clientInfo": {"name": "t", "version": "1"}}
    opened = handshake("initialize", headers=plain, protocolVersion=HANDSHAKE, **told)
    assert opened is Way.THIN


@pytest.mark.parametrize("can", [ELICITS, TASKS])
def test_a_change_may_become_a_question_or_a_task(can: dict[str, Any]) -> None:
    change = {"name": "test_note_write", "arguments": {"text": "x"}}
    assert modern("tools/call", can=can, **change) is Way.STREAM
    assert modern("tools/call", can={"roots": {}}, **change) is Way.THIN
    assert modern("tools/call", can=can, name="test_note_read", arguments={}) is Way.THIN


def test_the_answer_to_a_question_is_the_sdk_s() -> None:
    given = {"inputResponses": {}, "requestState": "x"}
    assert modern("tools/call", name="test_note_write", arguments={}, **given) is Way.STREAM


@pytest.mark.parametrize("can", [ELICITS, {"sampling": {}}])
def test_a_client_that_can_be_asked_gets_a_session(can: dict[str, Any]) -> None:
    assert opening(can) is Way.SESSION


def test_nobody_gets_a_session() -> None:
    assert opening(ELICITS, actor=anonymous_actor()) is Way.THIN


@pytest.mark.parametrize(("can", "way"), [(ELICITS, Way.SESSION), ({}, Way.THIN)])
def test_what_belongs_to_a_session_goes_where_its_client_can_be_asked(
    can: dict[str, Any], way: Way
) -> None:
    told = {"protocolVersion": HANDSHAKE, "capabilities": can}
    client = {"clientInfo": {"name": "t", "version": "1"}}
    visit = visited({}, system_actor("test"))
    visit.opening = opening_of(visit.actor, {**told, **client}, lives=way is Way.SESSION)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    assert way_of(visit, message_of(body, visit.headers)) is way
    assert modern("tools/list", headers={"mcp-session-id": "s"}) is Way.THIN


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp-name": "another"},
        {"mcp-method": "tools/list"},
        {"mcp-protocol-version": "2031-01-01"},
        {"accept": "text/event-stream"},
        {"content-type": "text/plain"},
    ],
    ids=str,
)
def test_headers_that_raise_doubt_are_the_sdk_s_to_judge(headers: dict[str, str]) -> None:
    assert modern("tools/call", headers=headers, name="system_ping") is not Way.THIN


def test_a_header_sent_twice_raises_doubt() -> None:
    scope = scope_of("/mcp", method="POST", headers={"accept": BOTH, "x-a": "1"})
    scope["headers"].append((b"X-A", b"2 "))
    assert visit_of(scope, nowhere).doubled


def test_a_tool_that_is_no_operation_is_thin_where_it_answers_at_once() -> None:
    extras.install((Extra(tool("quick"), lambda arguments: said("ok")), Extra(tool("slow"))))
    try:
        assert modern("tools/call", name="quick", arguments={}) is Way.THIN
        assert modern("tools/call", name="slow", arguments={}) is Way.STREAM
        assert modern("tools/call", name="absent", arguments={}) is Way.STREAM
    finally:
        extras.install(())


def test_the_setting_sends_all_to_the_sdk(settings: Any) -> None:
    settings.MCP_THIN_PATH = False
    assert modern("tools/list") is Way.JSON
    assert opening({}) is Way.JSON
