"""The switch in front of Django: which ASGI application answers which path."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Service(Protocol):
    """Something that lives as long as the event loop."""

    async def start(self) -> None:
        """Begin; called once, before the first request is answered."""

    async def stop(self) -> None:
        """End; not called by servers without lifespan."""


@dataclass(frozen=True, slots=True)
class Mount:
    """An application at a path; `below` also takes what lies under it."""

    kind: str
    path: str
    application: Application
    below: bool = False

    def takes(self, kind: str, path: str) -> bool:
        """Whether a connection of `kind` to `path` belongs here."""
        inside = path == self.path or (self.below and path.startswith(f"{self.path}/"))
        return kind == self.kind and inside


class Root:
    """Answers the lifespan, starts the services, and hands each connection to its mount.

    Daphne has no lifespan: there the first request starts the services.
    """

    def __init__(
        self, mounts: tuple[Mount, ...], services: tuple[Service, ...], otherwise: Application
    ) -> None:
        self._mounts = mounts
        self._services = services
        self._otherwise = otherwise
        self._started: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if self._started is None or not self._started.done():
            await self._start()
        await self._application(scope)(scope, receive, send)

    def _application(self, scope: Scope) -> Application:
        kind, path = scope["type"], scope["path"]
        for mount in self._mounts:
            if mount.takes(kind, path):
                return mount.application
        return self._otherwise if kind == "http" else close

    async def _start(self) -> None:
        if self._started is None:
            self._started = asyncio.get_running_loop().create_task(self._start_services())
        await asyncio.shield(self._started)

    async def _start_services(self) -> None:
        for service in self._services:
            await service.start()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for service in reversed(self._services):
            await service.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def close(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a WebSocket to an address that has none."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})
