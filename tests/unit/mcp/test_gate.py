"""What is refused before anybody asks who is calling."""

import asyncio
import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from apps.kernel.errors import Code, Failure
from apps.mcp import gate, visit
from tests.support import factories
from tests.unit.mcp.asking import HOST, ask, send
from tests.unit.mcp.conftest import KeyOf


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_a_foreign_host_is_refused(host: str) -> None:
    reply = send(b"{}", {"host": host})
    assert reply.status == 403
    assert reply.error["data"]["code"] == "forbidden"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    assert send(b"{}", {"origin": origin}).status == 403


def test_the_plane_s_own_pages_may_call(key_of: KeyOf) -> None:
    assert ask(key_of(), "tools/list", headers={"origin": f"http://{HOST}"}).status == 200


def test_named_origins_may_call(key_of: KeyOf, settings: Any) -> None:
    settings.CONFIG = factories.config(cors_origins=("https://app.example",))
    assert ask(key_of(), "tools/list", headers={"origin": "https://app.example"}).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_only_post_is_answered(method: str) -> None:
    reply = send(b"", method=method)
    assert reply.status == 405
    assert reply.headers["allow"] == "POST"


def test_a_large_body_is_refused_by_its_announced_size(key_of: KeyOf) -> None:
    reply = send(b" " * (gate.BODY_MOST + 1), {"x-api-key": key_of()})
    assert reply.status == 413
    assert reply.error["code"] == -32600
    assert str(gate.BODY_MOST) in reply.error["message"]


def test_a_large_body_is_refused_while_it_comes() -> None:
    chunk, asked = b" " * 400_000, 0

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": chunk, "more_body": True}

    with pytest.raises(Failure) as refused:
        asyncio.run(gate.body_of({}, receive))
    assert refused.value.code is Code.TOO_LARGE
    assert asked == 3


def test_a_caller_who_hangs_up_is_malformed() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Failure) as refused:
        asyncio.run(gate.body_of({}, receive))
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", -32700), (b"[]", -32600), (b'"x"', -32600), (b'{"jsonrpc":"2.0","id":1}', -32600)],
)
def test_what_cannot_be_read_says_so(key_of: KeyOf, body: bytes, code: int) -> None:
    reply = send(body, {"x-api-key": key_of(), "mcp-protocol-version": "2026-07-28"})
    assert reply.status == 400
    assert reply.error["code"] == code


def test_an_unknown_method_is_404(key_of: KeyOf) -> None:
    reply = ask(key_of(), "tools/burn")
    assert (reply.status, reply.error["code"]) == (404, -32601)


def test_an_unknown_version_is_told_what_is_spoken(key_of: KeyOf) -> None:
    reply = ask(key_of(), "tools/list", headers={"mcp-protocol-version": "2031-01-01"})
    assert reply.status == 400
    assert reply.error["code"] in (-32022, -32020)


def test_a_routing_header_that_lies_is_refused(key_of: KeyOf) -> None:
    reply = ask(key_of(), "tools/list", headers={"mcp-method": "tools/call"})
    assert (reply.status, reply.error["code"]) == (400, -32020)


def test_a_request_id_is_kept_or_made(key_of: KeyOf) -> None:
    key = key_of()
    assert ask(key, "tools/list", headers={"x-request-id": "r-1"}).headers["x-request-id"] == "r-1"
    made = ask(key, "tools/list", headers={"x-request-id": "no spaces"}).headers["x-request-id"]
    assert len(made) == 36


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"00-{'a' * 32}-{'b' * 16}-01", "a" * 32),
        (f"00-{'0' * 32}-{'b' * 16}-01", ""),
        ("00-xyz", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_trace_ids(said: object, found: str) -> None:
    assert visit.trace_id_of(said) == found


@pytest.mark.parametrize(("seconds", "said"), [(0.001, "1"), (1.0, "1"), (1.2, "2"), (60, "60")])
def test_retry_after_is_whole_seconds(seconds: float, said: str) -> None:
    assert visit.whole_seconds(seconds) == said


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.usefixtures("path")
def test_requests_are_counted_with_bounded_labels(key_of: KeyOf) -> None:
    key = key_of()
    ok = counted("mcp_requests_total", method="tools/list", status="ok")
    other = counted("mcp_requests_total", method="other", status="error")
    unknown = counted("mcp_request_errors_total", error_type="unknown_method")
    refused = counted("mcp_request_errors_total", error_type="unauthenticated")
    timed = counted("mcp_request_duration_seconds_count", method="tools/list")
    ask(key, "tools/list")
    ask(key, "invented/by/a/caller")
    send(json.dumps({}).encode())
    assert counted("mcp_requests_total", method="tools/list", status="ok") == ok + 1
    assert counted("mcp_requests_total", method="other", status="error") == other + 1
    assert counted("mcp_request_errors_total", error_type="unknown_method") == unknown + 1
    assert counted("mcp_request_errors_total", error_type="unauthenticated") == refused + 1
    assert counted("mcp_request_duration_seconds_count", method="tools/list") == timed + 1
