"""Two paths, one face: whatever a client sends, it cannot tell which of them answered."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from apps.mcp import extras
from apps.mcp.extras import Extra
from tests.support.conformance.fitting import said, tool
from tests.unit.mcp.asking import HANDSHAKE, MODERN, Reply, ask, send
from tests.unit.mcp.conftest import KeyOf

META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZE = {"capabilities": {}, "clientInfo": {"name": "robot", "version": "7"}}
PAIR = ("thin", "sdk")


@pytest.fixture
def key(key_of: KeyOf) -> str:
    return key_of()


def both(settings: Any, question: Any) -> list[Reply]:
    """What each path answers."""
    found = []
    for path in PAIR:
        settings.MCP_THIN_PATH = path == "thin"
        found.append(question())
    return found


def alike(one: Reply, other: Reply) -> bool:
    """Whether two answers say the same, but for what is new each time."""
    assert plain(one.body) == plain(other.body)
    return one.status == other.status


NEW_EACH_TIME = frozenset({"request_id", "call_id", "retryAfterMs", "time", "text"})


def plain(value: Any) -> Any:
    """What is said, without what is new each time."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in NEW_EACH_TIME}
    return [plain(one) for one in value] if isinstance(value, list) else value


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "discover": ("server/discover", {}),
    "list": ("tools/list", {}),
    "call": ("tools/call", {"name": "system_ping", "arguments": {}}),
    "call without arguments": ("tools/call", {"name": "system_ping"}),
    "call by a dotted name": ("tools/call", {"name": "system.ping", "arguments": {}}),
    "bad arguments": ("tools/call", {"name": "system_ping", "arguments": {"x": 1}}),
    "unknown tool": ("tools/call", {"name": "system_pong", "arguments": {}}),
    "no name": ("tools/call", {"arguments": {}}),
    "arguments that are none": ("tools/call", {"name": "system_ping", "arguments": [1]}),
    "a cursor": ("tools/list", {"cursor": "x"}),
    "resources": ("resources/list", {}),
    "unknown method": ("tools/burn", {}),
    "ping": ("ping", {}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("version", [MODERN, *HANDSHAKE_PROTOCOL_VERSIONS])
def test_the_paths_answer_alike(key: str, settings: Any, version: str, case: str) -> None:
    method, params = CASES[case]
    thin, sdk = both(settings, lambda: ask(key, method, params, version=version))
    assert alike(thin, sdk), (thin, sdk)


@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
def test_every_handshake_is_answered_alike(key: str, settings: Any, version: str) -> None:
    told = {"protocolVersion": version, **INITIALIZE}
    thin, sdk = both(settings, lambda: ask(key, "initialize", told, version=version))
    assert alike(thin, sdk)
    assert thin.result["protocolVersion"] == version
    ids = {reply.headers["mcp-session-id"] for reply in (thin, sdk)}
    assert len(ids) == 2


@pytest.mark.parametrize("version", ["2023-01-01", "2026-07-28", 7, None])
def test_a_revision_without_a_handshake_is_answered_alike(
    key: str, settings: Any, version: object
) -> None:
    told = {"protocolVersion": version, **INITIALIZE}
    thin, sdk = both(settings, lambda: ask(key, "initialize", told, version=HANDSHAKE))
    assert alike(thin, sdk)


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp-method": "tools/list"},
        {"mcp-name": "system_pong"},
        {"mcp-name": ""},
        {"mcp-name": f"=?base64?{base64.b64encode(b'system_ping').decode()}?="},
        {"mcp-name": "=?base64?!!?="},
        {"mcp-protocol-version": "2031-01-01"},
        {"mcp-protocol-version": HANDSHAKE},
        {"accept": "text/plain"},
        {"accept": "application/json"},
    ],
    ids=str,
)
def test_headers_are_checked_alike(key: str, settings: Any, headers: dict[str, str]) -> None:
    params = {"name": "system_ping", "arguments": {}}
    thin, sdk = both(settings, lambda: ask(key, "tools/call", params, headers=headers))
    assert alike(thin, sdk), (thin, sdk)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"jsonrpc":"2.0"}', b"[{}]"])
def test_bodies_are_read_alike(key: str, settings: Any, body: bytes) -> None:
    headers = {"x-api-key": key, "mcp-protocol-version": MODERN}
    thin, sdk = both(settings, lambda: send(body, headers))
    assert thin.status == sdk.status == 400
    assert thin.error["code"] == sdk.error["code"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = st.fixed_dictionaries(
    {"jsonrpc": st.sampled_from(["2.0", "1.0", None]), "method": st.sampled_from(["tools/list"])},
    optional={
        "id": st.integers() | st.text(max_size=5) | st.none() | st.floats(0, 1) | st.booleans(),
        "params": st.fixed_dictionaries({}, optional={"_meta": st.just(META) | JSON, "x": JSON}),
        "extra": JSON,
    },
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=PARTS)
def test_no_envelope_is_read_differently(key: str, settings: Any, message: dict[str, Any]) -> None:
    headers = {"x-api-key": key, "mcp-protocol-version": MODERN, "mcp-method": "tools/list"}
    thin, sdk = both(settings, lambda: send(json.dumps(message).encode(), headers))
    assert alike(thin, sdk), message


def test_a_notification_is_taken(key: str, settings: Any) -> None:
    body = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode()
    for reply in both(settings, lambda: send(body, {"x-api-key": key})):
        assert (reply.status, reply.body) == (202, {})


@pytest.fixture
def mirrored() -> Any:
    extras.install(
        (
            Extra(
                tool("mirrored", region={"type": "string", "x-mcp-header": "Region"}),
                lambda arguments: said(arguments["region"]),
            ),
        )
    )
    yield
    extras.install(())


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"mcp-param-region": "north"}, 200),
        ({"mcp-param-region": f"=?base64?{base64.b64encode(b'north').decode()}?="}, 200),
        ({"mcp-param-region": "south"}, 400),
        ({"mcp-param-region": "=?base64?bm9ydGg?="}, 400),
        ({}, 400),
    ],
    ids=str,
)
def test_mirrored_arguments_are_checked_alike(
    key: str, settings: Any, headers: dict[str, str], status: int
) -> None:
    params = {"name": "mirrored", "arguments": {"region": "north"}}
    thin, sdk = both(settings, lambda: ask(key, "tools/call", params, headers=headers))
    assert alike(thin, sdk)
    assert thin.status == status
    if status == 400:
        assert thin.error["code"] == -32020
