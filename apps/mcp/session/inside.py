"""Requests of our own to the SDK's sessions, in the name of whoever holds them."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import orjson
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message as AsgiMessage
from starlette.types import Scope

from apps.kernel.ids import new_id
from apps.mcp import gate
from apps.mcp.entry import session_holder
from apps.mcp.visit import KEY, Visit

HEADER: Final = b"mcp-session-id"
_HEADERS: Final = [
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
]


def scope_for(visit: Visit, inner: str) -> Scope:
    """A request's scope as the SDK is to see it: under the id that the SDK gave, if any."""
    headers = [one for one in visit.scope["headers"] if one[0] != HEADER]
    if inner:
        headers.append((HEADER, inner.encode()))
    return {**visit.scope, "headers": headers, "user": session_holder(visit.actor)}


def without_id(start: AsgiMessage) -> tuple[AsgiMessage, str]:
    """The start of an answer without the id that the SDK gave, and that id."""
    headers = start.get("headers", ())
    inner = next((value.decode() for name, value in headers if name.lower() == HEADER), "")
    kept = [one for one in headers if one[0].lower() != HEADER]
    return {**start, "headers": kept}, inner


def quiet(visit: Visit) -> Visit:
    """A visit of the same caller and session whose answers go nowhere."""
    scope = {**visit.scope, "method": "POST", "headers": list(_HEADERS)}
    made = replace(visit, scope=scope, reply=_nowhere, announced=False)
    made.scope[KEY] = made
    return made


def leaving(visit: Visit) -> Visit:
    """The same to end the session with."""
    made = replace(visit, scope={**visit.scope, "method": "DELETE"})
    made.scope[KEY] = made
    return made


async def ask(manager: StreamableHTTPSessionManager, visit: Visit, inner: str, body: bytes) -> str:
    """Send one message as `visit`, which is `quiet`; the id the SDK answers with, if any."""
    found = ""

    async def keep(message: AsgiMessage) -> None:
        nonlocal found
        if message["type"] == "http.response.start" and message["status"] < 400:
            found = without_id(message)[1]

    receive = gate.replayed(body, _never)
    await manager.handle_request(scope_for(visit, inner), receive, keep)
    return found


def request(method: str, params: dict[str, Any]) -> bytes:
    """A request, under an id that no client's has."""
    said = {"jsonrpc": "2.0", "id": f"own-{new_id()}", "method": method, "params": params}
    return orjson.dumps(said)


def notification(method: str) -> bytes:
    """A notification."""
    return orjson.dumps({"jsonrpc": "2.0", "method": method})


async def _nowhere(message: AsgiMessage) -> None:
    """Nobody reads it."""


async def _never() -> AsgiMessage:
    """The caller does not go away."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
