"""Speaks to the MCP face as a bare HTTP client would: the ASGI application, no server."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx

from apps.mcp.endpoint import application
from apps.mcp.owner import close_here
from apps.mcp.threads import threads

MODERN = "2026-07-28"
HANDSHAKE = "2025-11-25"
HOST = "127.0.0.1:8000"
TOO_FAST = b'"code":-32005'
#: Requests after which a caller with ten in hand and one a second more has certainly been too fast.
MANY = 60


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def result(self) -> dict[str, Any]:
        """The result; fails when it is an error."""
        assert "result" in self.body, self.body
        return dict(self.body["result"])

    @property
    def error(self) -> dict[str, Any]:
        """The protocol's error; fails when there is none."""
        assert "error" in self.body, self.body
        return dict(self.body["error"])

    @property
    def content(self) -> dict[str, Any]:
        """A tool's structured content."""
        return dict(self.result["structuredContent"])

    @property
    def text(self) -> str:
        """A tool's text."""
        return str(self.result["content"][0]["text"])


def send(
    body: bytes, headers: dict[str, str] | None = None, *, method: str = "POST", times: int = 1
) -> Reply:
    """The reply to bytes, of the last of `times` requests on one event loop.

    One that is refused for its pace is the last: how many that takes depends on the machine's.
    """
    return asyncio.run(_send(body, headers or {}, method, times))


async def _send(body: bytes, headers: dict[str, str], method: str, times: int) -> Reply:
    common = {
        "host": HOST,
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
    }
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application)) as client:
            for _ in range(times):
                answer = await client.request(
                    method, f"http://{HOST}/mcp", content=body, headers={**common, **headers}
                )
                if TOO_FAST in answer.content:
                    break
    finally:
        threads.close(wait=True)
        await close_here()
    found = json.loads(answer.content) if answer.content else {}
    return Reply(answer.status_code, dict(answer.headers), found)


def ask(
    key: str | None,
    method: str,
    params: dict[str, Any] | None = None,
    *,
    version: str = MODERN,
    headers: dict[str, str] | None = None,
    meta: dict[str, Any] | None = None,
    times: int = 1,
) -> Reply:
    """The reply to one JSON-RPC request, in the form its protocol version wants."""
    said = dict(params or {})
    sent = {"mcp-protocol-version": version, **({"x-api-key": key} if key else {})}
    if version == MODERN:
        said["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "robot", "version": "7"},
            **(meta or {}),
        }
        sent |= {"mcp-method": method}
        name = said.get("name") or said.get("uri")
        sent |= {"mcp-name": str(name)} if name else {}
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": said}
    return send(json.dumps(message).encode(), {**sent, **(headers or {})}, times=times)


def call(key: str | None, name: str, arguments: dict[str, Any] | None = None, **more: Any) -> Reply:
    """The reply to a tool call."""
    return ask(key, "tools/call", {"name": name, "arguments": arguments or {}}, **more)


def prompt(key: str, name: str, arguments: dict[str, str] | None = None, **more: Any) -> Reply:
    """The reply to `prompts/get`."""
    return ask(key, "prompts/get", {"name": name, "arguments": arguments or {}}, **more)


def complete(
    key: str, ref: dict[str, str], name: str, value: str, given: dict[str, str] | None = None
) -> Reply:
    """The reply to `completion/complete`; `given` is what was filled in before."""
    params: dict[str, Any] = {"ref": ref, "argument": {"name": name, "value": value}}
    if given is not None:
        params["context"] = {"arguments": given}
    return ask(key, "completion/complete", params)


def read(key: str, uri: str, **more: Any) -> dict[str, Any]:
    """A resource's JSON."""
    contents = ask(key, "resources/read", {"uri": uri}, **more).result["contents"]
    found: dict[str, Any] = json.loads(contents[0]["text"])
    return found
