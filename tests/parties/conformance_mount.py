"""The MCP face with the suites' fixtures, as the suites' only caller: they show no credential."""

import os

from tests.parties import mcp_mount
from tests.support import conformance

conformance.install()
KEY = os.environ["CONFORMANCE_KEY"].encode()


async def application(
    scope: mcp_mount.Scope, receive: mcp_mount.Receive, send: mcp_mount.Send
) -> None:
    """The mount, with the key that the caller has not."""
    if scope["type"] == "http":
        scope = {**scope, "headers": [*scope["headers"], (b"x-api-key", KEY)]}
    await mcp_mount.application(scope, receive, send)
