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
from apps.mcp.session import kept, news
from apps.mcp.session.opening import digest_of
from apps.mcp.streams.hub import Ear, hub
from apps.mcp.streams.wanted import PAUSE, URIS_MOST
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, visiting
from apps.operations import budgets

Ctx = ServerRequestContext[Any, Any]

#: Sessions whose subscriptions are known; the one unused for longest goes first.
KNOWN: Final = 10_000


@dataclass(eq=False, slots=True)
class Held:
    """What one session has subscribed to, and the ears of the streams it has open here.

    `session` is its connection in this process.
    """

    uris: set[str] = field(default_factory=set)
    session: ServerSession | None = None
    ears: set[Ear] = field(default_factory=set)

    def tune(self) -> None:
        """Have the open streams wait for what is subscribed to now."""
        for ear in self.ears:
            hub().tune(ear, self.uris)


class Sessions:
    """Belongs to one event loop, as the connections themselves do."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()

    async def of(self, visit: Visit) -> Held:
        """What the session of a request holds; raises for a request without a connection."""
        if not visit.lives:
            raise MCPError(
                INVALID_PARAMS,
                "A subscription needs a session: say that you can be asked (elicitation) when "
                "you initialize, or use subscriptions/listen of 2026-07-28.",
            )
        session = digest_of(visit.session)
        if session not in self._held:
            self._held[session] = Held(await kept.uris_of(session) or set())
        self._held.move_to_end(session)
        while len(self._held) > KNOWN:
            self._held.popitem(last=False)
        return self._held[session]

    def meet(self, visit: Visit, connection: ServerSession) -> None:
        """Know the connection of a session that holds something."""
        held = self._held.get(digest_of(visit.session)) if visit.lives else None
        if held is not None:
            held.session = connection

    async def retune(self, session: str) -> None:
        """Wait for what another process says the session has subscribed to."""
        held = self._held.get(session)
        uris = await kept.uris_of(session) if held is not None else None
        if held is not None and uris is not None:
            held.uris = uris
            held.tune()

    async def forget(self, session: str) -> None:
        """Hold nothing for a session that has ended."""
        held = self._held.pop(session, None)
        if held is not None:
            held.uris.clear()
            held.tune()
        await kept.forget(session)

    @asynccontextmanager
    async def standing(self, visit: Visit) -> AsyncIterator[None]:
        """Tell of changes for as long as a GET holds its stream open."""
        held = await self.of(visit)
        with hub().ear(visit, held.uris) as ear:
            held.ears.add(ear)
            telling = asyncio.create_task(_tell(held, ear))
            try:
                yield
            finally:
                telling.cancel()
                held.ears.discard(ear)


async def _tell(held: Held, ear: Ear) -> None:
    await hub().begin()
    while not ear.closing:
        for uri in await ear.listen():
            if held.session is not None:
                await held.session.send_resource_updated(uri)
        await asyncio.sleep(PAUSE)


async def subscribe(ctx: Ctx, params: types.SubscribeRequestParams) -> types.EmptyResult:
    """Tell the session when this resource has changed."""
    visit, uri = visiting(ctx.request), str(params.uri)
    try:
        await threads.run(budgets.spend_agent_read, visit.actor)
    except Failure as failure:
        raise protocol_error(failure, visit) from None
    held = await sessions().of(visit)
    if len(held.uris) >= URIS_MOST:
        raise MCPError(INVALID_PARAMS, f"A session has {URIS_MOST} subscriptions at most.")
    held.uris.add(uri)
    held.session = ctx.session
    await kept.add(digest_of(visit.session), uri)
    await _tuned(visit, held)
    return types.EmptyResult()


async def unsubscribe(ctx: Ctx, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
    """Tell no more of this resource."""
    visit, uri = visiting(ctx.request), str(params.uri)
    held = await sessions().of(visit)
    held.uris.discard(uri)
    await kept.discard(digest_of(visit.session), uri)
    await _tuned(visit, held)
    return types.EmptyResult()


async def _tuned(visit: Visit, held: Held) -> None:
    held.tune()
    await news.tell(news.TUNED, digest_of(visit.session))


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Sessions] = WeakKeyDictionary()


def sessions() -> Sessions:
    """The sessions of the running loop."""
    return _sessions.setdefault(asyncio.get_running_loop(), Sessions())
