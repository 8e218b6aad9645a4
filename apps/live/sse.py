"""Live events over plain HTTP: `GET /events` as an event stream."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import orjson

from apps.events.items import Item
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.live.entrance import Request, Scope
from apps.live.seat import Seat, closed, seat_of
from apps.live.seat import Send as Write
from apps.operations.failures import TABLE, problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: Milliseconds a browser waits before it connects again.
RETRY: Final = b"retry: 2000\n\n"
COMMENT: Final = b": heartbeat\n\n"


async def sse(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of `/events`."""
    if scope["method"] != "GET":
        failure = Failure(Code.MALFORMED, "Only GET is answered here.")
        await _refuse(send, failure, status=405)
        return
    request = Request.of(scope)
    try:
        seat = await seat_of(request)
    except Failure as failure:
        await _refuse(send, failure, status=TABLE[failure.code].http)
        return
    await _stream(request, seat, receive, send)


async def _stream(request: Request, seat: Seat, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _headers(request)})
    await send({"type": "http.response.body", "body": RETRY, "more_body": True})

    async def write(batch: list[Item]) -> None:
        body = b"".join(COMMENT if item.type == "heartbeat" else item.sse for item in batch)
        await send({"type": "http.response.body", "body": body, "more_body": True})

    try:
        await _serve(seat, write, receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except OSError:
        return  # the reader is gone, which is how streams end


async def _serve(seat: Seat, write: Write, receive: Receive) -> None:
    try:
        await seat.serve("sse", write, _gone(receive))
    except Failure as failure:
        await write([closed(failure)])


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    found = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if request.foreign and request.origin is not None:
        found.append((b"access-control-allow-origin", request.origin.encode("latin-1")))
        found.append((b"vary", b"origin"))
    return found


async def _refuse(send: Send, failure: Failure, *, status: int) -> None:
    body = orjson.dumps({**problem(failure, str(new_id())), "status": status})
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
