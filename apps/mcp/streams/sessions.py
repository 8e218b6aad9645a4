"""Subscriptions of handshake clients: kept with the session, told on the stream its GET opens."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError

from apps.kernel.errors import Failure
from apps.mcp.calls import INVALID_PARAMS, protocol_error
from apps.mcp.route import SESSION_HEADER
from apps.mcp.streams.hub import RIGHTS, Ear, hub
from apps.mcp.streams.listening import PAUSE, URIS_MOST
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, visiting
from apps.operations import budgets

Ctx = ServerRequestContext[Any, Any]
#: A session is its own and its credential's: a stolen id leads nowhere.
Key = tuple[str, str]

#: Sessions whose subscriptions are kept; the one unused for longest goes first.
KEPT: Final = 10_000


@dataclass(eq=False, slots=True)
class Held:
    """What one session has subscribed to, and the ears of the streams it has open."""

    uris: set[str] = field(default_factory=set)
    session: ServerSession | None = None
    ears: set[Ear] = field(default_factory=set)

    def tune(self) -> None:
        """Have the open streams wait for what is subscribed to now."""
        for ear in self.ears:
            hub().tune(ear, self.uris)


class Sessions:
    """Belongs to one event loop, as the sessions themselves do."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Held] = OrderedDict()

    def of(self, visit: Visit) -> Held:
        """What the session of a request holds; raises for a request without one."""
        number = visit.headers.get(SESSION_HEADER)
        if number is None:
            raise MCPError(
                INVALID_PARAMS,
                "A subscription needs a session: say that you can be asked (elicitation) when "
                "you initialize, or use subscriptions/listen of 2026-07-28.",
            )
        key = (number, str(visit.actor.credential_id or visit.actor.id))
        held = self._held.setdefault(key, Held())
        self._held.move_to_end(key)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        return held

    @asynccontextmanager
    async def standing(self, visit: Visit) -> AsyncIterator[None]:
        """Tell of changes for as long as a GET holds its stream open; a DELETE forgets all."""
        if visit.scope["method"] == "POST":
            yield
            return
        held = self.of(visit)
        with hub().ear(visit, held.uris) as ear:
            held.ears.add(ear)
            telling = asyncio.create_task(_tell(held, ear))
            try:
                yield
            finally:
                telling.cancel()
                held.ears.discard(ear)
                if visit.scope["method"] == "DELETE":
                    held.uris.clear()


async def _tell(held: Held, ear: Ear) -> None:
    await hub().begin()
    while not ear.closing:
        for uri in await ear.listen():
            if held.session is not None and uri != RIGHTS:
                await held.session.send_resource_updated(uri)
        await asyncio.sleep(PAUSE)


async def subscribe(ctx: Ctx, params: types.SubscribeRequestParams) -> types.EmptyResult:
    """Tell the session when this resource has changed."""
    visit = visiting(ctx.request)
    try:
        await threads.run(budgets.spend_agent_read, visit.actor)
    except Failure as failure:
        raise protocol_error(failure, visit) from None
    held = sessions().of(visit)
    if len(held.uris) >= URIS_MOST:
        raise MCPError(INVALID_PARAMS, f"A session has {URIS_MOST} subscriptions at most.")
    held.uris.add(str(params.uri))
    held.session = ctx.session
    held.tune()
    return types.EmptyResult()


async def unsubscribe(ctx: Ctx, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
    """Tell no more of this resource."""
    held = sessions().of(visiting(ctx.request))
    held.uris.discard(str(params.uri))
    held.tune()
    return types.EmptyResult()


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Sessions] = WeakKeyDictionary()


def sessions() -> Sessions:
    """The sessions of the running loop."""
    return _sessions.setdefault(asyncio.get_running_loop(), Sessions())
