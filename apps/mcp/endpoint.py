"""The ASGI application of `/mcp`, mounted in front of Django: checks, then answers or hands on."""

from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from apps.kernel.errors import Failure
from apps.mcp import challenge, entry, gate, metrics, owner, replies, toolsets
from apps.mcp.message import Message, message_of
from apps.mcp.owner import Owner
from apps.mcp.route import Way, open_session, way_of
from apps.mcp.streams import plain
from apps.mcp.streams.watch import watch
from apps.mcp.visit import SESSION_HEADER, Visit, visit_of


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
        await _session(visit, receive, here)
    else:
        await replies.refuse_method(visit)


async def _post(visit: Visit, receive: Receive, here: Owner) -> None:
    toolsets.toolset_of(visit)
    visit.actor = await entry.actor_of(visit)
    message = message_of(await gate.body_of(visit.headers, receive), visit.headers)
    visit.method = metrics.label_of(message.method) if message.data else "unknown"
    entry.require_open(visit, message.data)
    challenge.require_scope(visit, message.data)
    await _meet(visit, message, here)
    way = way_of(visit, message)
    if way is Way.THIN:
        with here.serving():
            await here.thin.answer(visit, message)
    elif way is Way.PLAIN:
        with here.serving():
            async with watch().over(visit):
                await plain.listen(visit, message, receive)
    else:
        with here.serving():
            await _by_sdk(visit, way, message, receive, here)


async def _meet(visit: Visit, message: Message, here: Owner) -> None:
    """Know the session of a handshake client, or open one."""
    if message.modern:
        return
    if message.method == "initialize":
        open_session(visit, message)
    elif SESSION_HEADER in visit.headers:
        await here.living.recognise(visit)


async def _by_sdk(visit: Visit, way: Way, message: Message, receive: Receive, here: Owner) -> None:
    """The SDK's answer; what may take long ends when its caller's rights do."""
    again = gate.replayed(message.body, receive)
    if way is Way.JSON:
        await here.manager(way).handle_request(visit.scope, again, visit.send)
        return
    async with watch().over(visit):
        if way is Way.SESSION:
            await here.living.post(visit, message, receive)
        else:
            await here.manager(way).handle_request(visit.scope, again, visit.send)


async def _session(visit: Visit, receive: Receive, here: Owner) -> None:
    """Hold a session's stream open, or end the session."""
    visit.actor = await entry.actor_of(visit)
    await here.living.recognise(visit)
    if visit.scope["method"] == "DELETE":
        with here.serving():
            await here.living.end(visit)
    elif visit.lives:
        with here.serving(counted=False):
            await here.standing(_stand(visit, receive, here))
    else:
        await replies.refuse_method(visit)


async def _stand(visit: Visit, receive: Receive, here: Owner) -> None:
    async with watch().over(visit):
        await here.living.stand(visit, receive)
