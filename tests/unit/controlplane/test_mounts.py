"""The switch in front of Django, and services that live as long as the loop."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from controlplane.mounts import Mount, Root
from tests.support.asgi import fetch, scope_of


def named(name: str) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": name.encode()})

    return application


class Service:
    """Counts its starts and stops."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def start(self) -> None:
        await asyncio.sleep(0)
        self.log.append("start")

    async def stop(self) -> None:
        self.log.append("stop")


def root(*services: Service) -> Root:
    mounts = (
        Mount("http", "/mcp", named("mcp"), below=True),
        Mount("http", "/events", named("events")),
    )
    return Root(mounts, services, otherwise=named("django"))


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/mcp", "mcp"),
        ("/mcp/", "mcp"),
        ("/mcp/x", "mcp"),
        ("/mcpx", "django"),
        ("/events", "events"),
        ("/events/", "django"),
        ("/", "django"),
    ],
)
async def test_a_path_belongs_to_one(path: str, who: str) -> None:
    assert (await fetch(root(), path)).body.decode() == who


async def test_the_first_request_starts_the_services_once() -> None:
    service = Service()
    application = root(service)
    await asyncio.gather(*(fetch(application, "/") for _ in range(5)))
    assert service.log == ["start"]


async def test_the_lifespan_starts_and_stops_them() -> None:
    service, sent = Service(), []
    waiting = ["lifespan.startup", "lifespan.shutdown"]

    async def receive() -> MutableMapping[str, Any]:
        return {"type": waiting.pop(0)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    await root(service)({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert service.log == ["start", "stop"]


async def test_a_websocket_to_nowhere_is_closed() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await root()(scope_of("/ws/nope", type="websocket"), receive, send)
    assert [one["type"] for one in sent] == ["websocket.close"]
