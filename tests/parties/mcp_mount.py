"""The MCP face alone behind the root application: what the party's server serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from apps.mcp.endpoint import application as mcp  # noqa: E402 - after the apps are set up
from apps.mcp.owner import Lifetime  # noqa: E402 - as above
from controlplane.mounts import Mount, Receive, Root, Scope, Send  # noqa: E402 - as above


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """404 for every other address."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


application = Root((Mount("http", "/mcp", mcp, below=True),), (Lifetime(),), otherwise=nothing)
