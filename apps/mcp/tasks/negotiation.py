"""Whether a request may speak of tasks: its own declaration counts, and its routing headers."""

from collections.abc import Mapping
from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    HEADER_MISMATCH,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from apps.mcp.message import TASKS
from apps.mcp.visit import visiting

EXTENSION: Final = TASKS

Ctx = ServerRequestContext[Any, Any]


def declared(ctx: Ctx) -> bool:
    """Whether this request says that its sender understands tasks; older eras cannot."""
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return False
    meta = (ctx.params or {}).get("_meta")
    said = meta.get(CLIENT_CAPABILITIES_META_KEY) if isinstance(meta, Mapping) else None
    extensions = said.get("extensions") if isinstance(said, Mapping) else None
    return isinstance(extensions, Mapping) and EXTENSION in extensions


def missing() -> MCPError:
    """The refusal of a sender that did not declare the extension, with what to declare."""
    return MCPError(
        MISSING_REQUIRED_CLIENT_CAPABILITY,
        f"Declare the extension {EXTENSION} in this request to speak of tasks.",
        {"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
    )


def require(ctx: Ctx, task_id: str) -> None:
    """Raises unless the extension is declared and the routing header names the same task."""
    if not declared(ctx):
        raise missing()
    if decode_header_value(visiting(ctx.request).headers.get(MCP_NAME_HEADER)) != task_id:
        raise MCPError(
            HEADER_MISMATCH, f"Send the task's id as the {MCP_NAME_HEADER} header, as in the body."
        )
