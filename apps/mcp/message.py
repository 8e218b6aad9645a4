"""One JSON-RPC message as it was sent: read once, for everybody who looks into it."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    DEFAULT_NEGOTIATED_VERSION,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

Json = dict[str, Any]

#: The Tasks extension.
TASKS: Final = "io.modelcontextprotocol/tasks"
#: Members of a request or a notification; whatever has others is looked at by the SDK.
_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params"})


@dataclass(slots=True)
class Message:
    """The body of a request. What cannot be read is empty here, and the SDK's to refuse.

    `version` is the revision its header names; `modern` whether that is none of the handshake's.
    """

    body: bytes
    data: Json
    method: str
    params: Json
    meta: Json
    version: str
    modern: bool

    @property
    def is_plain(self) -> bool:
        """Whether the envelope is beyond doubt that of one request or notification."""
        data, number = self.data, self.data.get("id", 0)
        return (
            data.get("jsonrpc") == "2.0"
            and self.method != ""
            and (type(number) is int or type(number) is str)
            and data.get("params", self.params) is self.params
            and data.keys() <= _MEMBERS
        )

    @property
    def is_notification(self) -> bool:
        """Whether nobody waits for an answer."""
        return "id" not in self.data

    @property
    def client(self) -> Json:
        """What a modern client says about itself, or a handshake client while it opens."""
        return _object(self.meta.get(CLIENT_INFO_META_KEY) or self.params.get("clientInfo"))

    @property
    def capabilities(self) -> Json:
        """What the client says it can do, where this very message says so."""
        said = self.meta.get(CLIENT_CAPABILITIES_META_KEY) or self.params.get("capabilities")
        return _object(said)

    @property
    def speaks_of_tasks(self) -> bool:
        """Whether the client declares the Tasks extension in this very message."""
        return TASKS in _object(self.capabilities.get("extensions"))


def message_of(body: bytes, headers: dict[str, str]) -> Message:
    """The message in `body`."""
    try:
        data = _object(orjson.loads(body))
    except orjson.JSONDecodeError:
        data = {}
    params = _object(data.get("params"))
    method = data.get("method")
    version = headers.get(MCP_PROTOCOL_VERSION_HEADER, DEFAULT_NEGOTIATED_VERSION)
    return Message(
        body=body,
        data=data,
        method=method if isinstance(method, str) else "",
        params=params,
        meta=_object(params.get("_meta")),
        version=version,
        modern=version not in HANDSHAKE_PROTOCOL_VERSIONS,
    )


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
