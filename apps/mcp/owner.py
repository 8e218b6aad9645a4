"""One task per event loop owns the SDK's session managers, from first use to shutdown."""

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from twisted.internet.defer import Deferred

from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import close_here as close_valkey
from apps.mcp import server
from apps.mcp.calls import ToolCalls
from apps.mcp.gate import BODY_MOST
from apps.mcp.route import Way
from apps.mcp.session.living import Living
from apps.mcp.streams.hub import close_here as close_ears
from apps.mcp.thin import Thin
from apps.mcp.threads import threads

#: Seconds that running calls get to finish, and the manager to end after them.
DRAIN_SECONDS: Final = 4.0
END_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Form:
    """How a manager answers: in one piece or as a stream, and whether it remembers callers."""

    json: bool
    stateless: bool


FORMS: Final = {
    Way.JSON: Form(json=True, stateless=True),
    Way.STREAM: Form(json=False, stateless=True),
    Way.SESSION: Form(json=False, stateless=False),
}


class Owner:
    """Enters and leaves the managers in one task, because a cancel scope belongs to its task.

    One server behind three managers, one for each way an answer may take. A server that offers
    no lifespan (daphne) starts the task with the first request.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._serving = 0
        self._standing: set[asyncio.Task[None]] = set()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._stop = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        calls = ToolCalls()
        made = server.server(calls)
        self._managers = {way: _manager(made, way) for way in FORMS}
        self.thin = Thin(calls, self._managers[Way.JSON])
        self.living = Living(self._managers[Way.SESSION])
        # An empty context: this task outlives the request that happened to start it.
        self._task = loop.create_task(self._own(), context=contextvars.Context())

    async def ready(self) -> None:
        """Return once the managers run."""
        if not self._ready.done():
            await asyncio.shield(self._ready)

    def manager(self, way: Way) -> StreamableHTTPSessionManager:
        """The manager of a way through the SDK."""
        return self._managers[way]

    @contextlib.contextmanager
    def serving(self, *, counted: bool = True) -> Iterator[None]:
        """For one request, `counted` where a shutdown waits for it; `busy` once it stops."""
        if self._stop.is_set():
            raise Failure(Code.BUSY, "This process is stopping.", retry_after=2)
        if not counted:
            yield
            return
        self._serving += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._serving -= 1
            if not self._serving:
                self._idle.set()

    async def standing(self, stream: Coroutine[Any, Any, None]) -> None:
        """Run a stream that has no end of its own: a shutdown ends it instead of waiting."""
        task = asyncio.get_running_loop().create_task(stream)
        self._standing.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._standing.discard(task)
        if not task.cancelled():
            task.result()

    async def close(self) -> None:
        """End streams, wait for running requests, then end the task; returns within the limits."""
        close_ears()
        for stream in self._standing:
            stream.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)
        await self.living.close()
        self._stop.set()
        await asyncio.wait({self._task}, timeout=END_SECONDS)

    async def _own(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for manager in self._managers.values():
                await stack.enter_async_context(manager.run())
            self._ready.set_result(None)
            await self._stop.wait()


def _manager(made: Server[Any], way: Way) -> StreamableHTTPSessionManager:
    form = FORMS[way]
    return StreamableHTTPSessionManager(
        app=made,
        json_response=form.json,
        stateless=form.stateless,
        max_request_body_size=BODY_MOST,
    )


class Lifetime:
    """The face as a service of the root application."""

    async def start(self) -> None:
        """Start the owner, so that the first request waits for nothing."""
        await here().ready()

    async def stop(self) -> None:
        """Let running calls finish, then stop; takes five seconds at most."""
        await close_here()


_owners: WeakKeyDictionary[asyncio.AbstractEventLoop, Owner] = WeakKeyDictionary()


def here() -> Owner:
    """The owner of the running loop, started now if need be."""
    loop = asyncio.get_running_loop()
    found = _owners.get(loop)
    if found is None:
        found = _owners[loop] = Owner()
        _close_with_reactor()
    return found


async def close_here() -> None:
    """End the owner of the running loop, its connection to Valkey, and the threads."""
    found = _owners.get(asyncio.get_running_loop())
    if found is not None:
        await found.close()
    await close_valkey()
    threads.close()


def _close_with_reactor() -> None:
    """Under daphne, end before the reactor does: it tells of its end to nobody else.

    The module is loaded under every server (daphne is an installed app); it runs in one.
    """
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is not None and getattr(reactor, "running", False):
        reactor.addSystemEventTrigger(
            "before",
            "shutdown",
            lambda: Deferred.fromFuture(asyncio.ensure_future(close_here())),
        )
