"""The ASGI application of `/mcp`, mounted in front of Django: checks, then answers or hands on."""

from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from apps.kernel.errors import Failure
from apps.mcp import challenge, entry, gate, metrics, owner, replies, toolsets
from apps.mcp.message import message_of
from apps.mcp.owner import Owner
from apps.mcp.route import SESSION_HEADER, Way, stands, way_of
from apps.mcp.streams.sessions import sessions
from apps.mcp.streams.watch import watch
from apps.mcp.visit import Visit, visit_of


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request to `/mcp`."""
    visit = visit_of(scope, send)
    bound = bind_contextvars(request_id=visit.request_id, trace_id=visit.trace_id)
    try:
        await _serve(visit, receive)
    except Failure as failure:
        await replies.refuse(visit, failure)
    finally:
        metrics.count_request(visit)
        reset_contextvars(**bound)


async def _serve(visit: Visit, receive: Receive) -> None:
    gate.require_known_host(visit.headers)
    gate.require_own_origin(visit.headers)
    here = owner.here()
    await here.ready()
    if visit.scope["method"] == "POST":
        await _post(visit, receive, here)
    elif visit.scope["method"] in ("GET", "DELETE") and SESSION_HEADER in visit.headers:
        visit.actor = await entry.actor_of(visit)
        await _by_sdk(visit, Way.SESSION, receive, here)
    else:
        await replies.refuse_method(visit)


async def _post(visit: Visit, receive: Receive, here: Owner) -> None:
    toolsets.toolset_of(visit)
    visit.actor = await entry.actor_of(visit)
    message = message_of(await gate.body_of(visit.headers, receive), visit.headers)
    visit.method = metrics.label_of(message.method) if message.data else "unknown"
    entry.require_open(visit, message.data)
    challenge.require_scope(visit, message.data)
    way = way_of(visit, message)
    if way is Way.THIN:
        with here.serving():
            await here.thin.answer(visit, message)
    else:
        await _by_sdk(visit, way, gate.replayed(message.body, receive), here)


async def _by_sdk(visit: Visit, way: Way, receive: Receive, here: Owner) -> None:
    if way is Way.SESSION:
        visit.scope["user"] = entry.session_holder(visit.actor)
    with here.serving(counted=not stands(visit)):
        answer = _watched(visit, way, receive, here)
        await (here.standing(answer) if stands(visit) else answer)


async def _watched(visit: Visit, way: Way, receive: Receive, here: Owner) -> None:
    """The answer; what may take long ends when its caller's rights do."""
    if way is Way.JSON:
        await here.manager(way).handle_request(visit.scope, receive, visit.send)
        return
    async with watch().over(visit), sessions().standing(visit):
        await here.manager(way).handle_request(visit.scope, receive, visit.send)
