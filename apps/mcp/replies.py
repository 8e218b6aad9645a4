"""Answers the face gives by itself, in JSON-RPC's words."""

from typing import Any, Final

import orjson

from apps.kernel.errors import Code, Failure
from apps.mcp import challenge
from apps.mcp.visit import Visit
from apps.operations.failures import TABLE, problem

INVALID_REQUEST: Final = -32600

_JSON: Final = (b"content-type", b"application/json")

Headers = list[tuple[bytes, bytes]]


async def refuse(visit: Visit, failure: Failure) -> None:
    """Answer with a failure: HTTP status, JSON-RPC error and headers from the one table."""
    row = TABLE[failure.code]
    visit.failed = failure.code.value
    visit.retry_after = failure.retry_after
    headers: Headers = []
    if failure.code is Code.UNAUTHENTICATED:
        headers.append((b"www-authenticate", challenge.of_strangers(visit)))
    elif visit.scopes_missing:
        headers.append((b"www-authenticate", challenge.of_step_up(visit)))
    said = {
        "code": row.rpc or INVALID_REQUEST,
        "message": failure.detail,
        "data": error_data(failure, visit.request_id),
    }
    await error(visit, row.http, said, headers=headers)


async def refuse_method(visit: Visit) -> None:
    """Where nothing can be told later only POST is answered: there is nothing to stream."""
    visit.failed = "method_not_allowed"
    said = {"code": INVALID_REQUEST, "message": "Send a POST; there is no stream to open here."}
    await error(visit, 405, said, headers=[(b"allow", b"POST")])


async def result(visit: Visit, number: int | str, body: bytes) -> None:
    """Answer request `number` with a result that is JSON already."""
    await _write(
        visit, 200, b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (orjson.dumps(number), body)
    )


async def error(
    visit: Visit,
    status: int,
    said: dict[str, Any],
    *,
    number: int | str | None = None,
    headers: Headers | None = None,
) -> None:
    """Answer with an error, of request `number` where that could be read."""
    body = orjson.dumps({"jsonrpc": "2.0", "id": number, "error": said})
    await _write(visit, status, body, headers or [])


async def acknowledge(visit: Visit, status: int = 202) -> None:
    """Answer a notification: it was taken. 200 where it was done as well."""
    await visit.send({"type": "http.response.start", "status": status, "headers": []})
    await visit.send({"type": "http.response.body", "body": b""})


async def _write(visit: Visit, status: int, body: bytes, headers: Headers | None = None) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [_JSON, length]}
    if headers:
        start["headers"] = [_JSON, length, *headers]
    await visit.send(start)
    await visit.send({"type": "http.response.body", "body": body})


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
