"""Answers the mount gives by itself, in JSON-RPC's words, before the SDK is asked."""

from typing import Any, Final

import orjson

from apps.kernel.errors import Code, Failure
from apps.mcp.visit import Visit
from apps.operations.failures import TABLE, problem

_CHALLENGE: Final = b'Bearer realm="control plane", ApiKey realm="control plane"'
_INVALID_REQUEST: Final = -32600


async def refuse(visit: Visit, failure: Failure) -> None:
    """Answer with a failure: HTTP status, JSON-RPC error and headers from the one table."""
    row = TABLE[failure.code]
    visit.failed = failure.code.value
    visit.retry_after = failure.retry_after
    headers = []
    if failure.code is Code.UNAUTHENTICATED:
        headers.append((b"www-authenticate", _CHALLENGE))
    error = {
        "code": row.rpc or _INVALID_REQUEST,
        "message": failure.detail,
        "data": error_data(failure, visit.request_id),
    }
    await _write(visit, row.http, error, headers)


async def refuse_method(visit: Visit) -> None:
    """Only POST is answered: there is no session to stream to, or to end."""
    visit.failed = "method_not_allowed"
    error = {"code": _INVALID_REQUEST, "message": "Send a POST; this endpoint keeps no session."}
    await _write(visit, 405, error, [(b"allow", b"POST")])


def error_data(failure: Failure, request_id: str) -> dict[str, Any]:
    """The `data` of a JSON-RPC error: what REST says, with the wait in milliseconds."""
    data = {
        name: value
        for name, value in problem(failure, request_id).items()
        if name in ("code", "retryable", "request_id") or (name == "errors" and value)
    }
    if failure.retry_after is not None:
        data["retryAfterMs"] = max(1, round(failure.retry_after * 1000))
    return data


async def _write(
    visit: Visit, status: int, error: dict[str, Any], headers: list[tuple[bytes, bytes]]
) -> None:
    body = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    plain = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await visit.send({"type": "http.response.start", "status": status, "headers": plain})
    await visit.send({"type": "http.response.body", "body": body})
