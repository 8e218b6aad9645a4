"""The live endpoints alone, as an ASGI application for a server process of the tests."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from apps.live import seat  # noqa: E402 - models may only be imported once apps are loaded
from apps.live.endpoint import sse, websocket  # noqa: E402 - as above

if heartbeat := os.environ.get("TEST_HEARTBEAT"):
    seat.HEARTBEAT = float(heartbeat)  # type: ignore[misc]  # a test's shorter wait


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Routes by path alone."""
    if scope["type"] == "http" and scope["path"] == "/events":
        await sse(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == "/ws/events":
        await websocket(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
