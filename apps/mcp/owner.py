"""One task per event loop owns the SDK's session manager, from first use to shutdown."""

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakKeyDictionary

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from twisted.internet.defer import Deferred

from apps.kernel.errors import Code, Failure
from apps.mcp import server
from apps.mcp.gate import BODY_MOST
from apps.mcp.threads import threads

#: Seconds that running calls get to finish, and the manager to end after them.
DRAIN_SECONDS: Final = 4.0
END_SECONDS: Final = 1.0


class Owner:
    """Enters and leaves the manager in one task, because a cancel scope belongs to its task.

    A server that offers no lifespan (daphne) starts it with the first request.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._manager: asyncio.Future[StreamableHTTPSessionManager] = loop.create_future()
        self._stop = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._serving = 0
        # An empty context: this task outlives the request that happened to start it.
        self._task = loop.create_task(self._own(), context=contextvars.Context())

    async def ready(self) -> StreamableHTTPSessionManager:
        """The running manager."""
        return await asyncio.shield(self._manager)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[StreamableHTTPSessionManager]:
        """The manager, for one request that a shutdown waits for; `busy` once it stops."""
        if self._stop.is_set():
            raise Failure(Code.BUSY, "This process is stopping.", retry_after=2)
        self._serving += 1
        self._idle.clear()
        try:
            yield await self.ready()
        finally:
            self._serving -= 1
            if not self._serving:
                self._idle.set()

    async def close(self) -> None:
        """Wait for running requests, then end the task; returns within the two limits."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)
        self._stop.set()
        await asyncio.wait({self._task}, timeout=END_SECONDS)

    async def _own(self) -> None:
        manager = StreamableHTTPSessionManager(
            app=server.server(),
            json_response=True,
            stateless=True,
            max_request_body_size=BODY_MOST,
        )
        async with manager.run():
            self._manager.set_result(manager)
            await self._stop.wait()


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
    """End the owner of the running loop, and the threads."""
    found = _owners.get(asyncio.get_running_loop())
    if found is not None:
        await found.close()
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
