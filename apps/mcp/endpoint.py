"""The ASGI application of `/mcp`, mounted in front of Django: checks, then hands to the SDK."""

from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from apps.kernel.errors import Failure
from apps.mcp import entry, gate, metrics, owner, replies
from apps.mcp.visit import Visit, visit_of


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request to `/mcp`."""
    visit = visit_of(scope, send)
    bound = {"request_id": visit.request_id, "trace_id": visit.trace_id}
    with structlog.contextvars.bound_contextvars(**bound):
        try:
            await _serve(visit, receive)
        except Failure as failure:
            await replies.refuse(visit, failure)
        finally:
            metrics.count_request(visit)


async def _serve(visit: Visit, receive: Receive) -> None:
    gate.require_known_host(visit.headers)
    gate.require_own_origin(visit.headers)
    if visit.scope["method"] != "POST":
        await replies.refuse_method(visit)
        return
    visit.actor = await entry.actor_of(visit)
    body = await gate.body_of(visit.headers, receive)
    message = _peek(body)
    visit.method = metrics.label_of(message.get("method"))
    entry.require_open(visit, message)
    async with owner.here().serving() as manager:
        await manager.handle_request(visit.scope, gate.replayed(body, receive), visit.send)


def _peek(body: bytes) -> dict[str, Any]:
    """The message, for counting and for the door; what cannot be read is the SDK's to refuse."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}
