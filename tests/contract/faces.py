"""One call through REST, MCP (also by its official client) and a console form, and its answer."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.support.plane import Plane

MCP_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-06-18",
}


@dataclass(frozen=True)
class Said:
    """What a face answered. `code` is empty where nothing failed, None where the face has no word.

    `rpc` is the number of a protocol error of MCP.
    """

    http: int
    code: str | None
    body: dict[str, Any] = field(default_factory=dict)
    rpc: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""


class Face(Protocol):
    """A way to call an operation."""

    def call(self, operation: str, data: dict[str, Any], **more: Any) -> Said:
        """`more`: key, confirmation."""


class Rest:
    def __init__(self, plane: Plane, key: str) -> None:
        self.client = httpx.Client(base_url=plane.url, headers={"X-API-Key": key}, timeout=60)

    def call(
        self, operation: str, data: dict[str, Any], *, key: str | None = None, **more: Any
    ) -> Said:
        headers = {"Idempotency-Key": key or uuid4().hex}
        return self.post(operation, headers=headers, json={"input": data, **more})

    def post(self, operation: str, **sent: Any) -> Said:
        """Whatever is sent, as it is."""
        answer = self.client.post(f"/api/v1/operations/{operation}", **sent)
        body = answer.json()
        code = body["code"] if answer.status_code >= 400 and "code" in body else ""
        return Said(answer.status_code, code, body, None, dict(answer.headers), answer.text)


class Mcp:
    def __init__(self, plane: Plane, key: str) -> None:
        headers = {**MCP_HEADERS, "X-API-Key": key}
        self.client = httpx.Client(base_url=plane.url, headers=headers, timeout=60)

    def call(
        self, operation: str, data: dict[str, Any], *, key: str | None = None, **more: Any
    ) -> Said:
        reserved = {"idempotency_key": key or uuid4().hex, **more}
        return self.tool(operation.replace(".", "_"), {**data, **reserved})

    def tool(self, name: str, arguments: Any) -> Said:
        params = {"name": name, "arguments": arguments}
        return self.post(json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})

    def post(self, **sent: Any) -> Said:
        """Whatever is sent, as it is."""
        answer = self.client.post("/mcp", **sent)
        told = answer.json()
        if "error" in told:
            error = told["error"]
            code, rpc = (error.get("data") or {}).get("code"), error["code"]
            return Said(answer.status_code, code, error, rpc, dict(answer.headers), answer.text)
        body = told["result"]["structuredContent"]
        headers = dict(answer.headers)
        return Said(answer.status_code, body.get("code") or "", body, None, headers, answer.text)


class Sdk:
    """A tool call by the official client, a session of its own for each."""

    def __init__(self, plane: Plane, key: str) -> None:
        self.url, self.headers = plane.mcp_url, {"X-API-Key": key}

    def call(
        self, operation: str, data: dict[str, Any], *, key: str | None = None, **more: Any
    ) -> Said:
        arguments = {**data, "idempotency_key": key or uuid4().hex, **more}
        return asyncio.run(self._call(operation.replace(".", "_"), arguments))

    async def _call(self, name: str, arguments: dict[str, Any]) -> Said:
        async with httpx2.AsyncClient(headers=self.headers, timeout=60) as http:
            transport = streamable_http_client(self.url, http_client=http)
            async with Client(transport) as client:
                try:
                    result = await client.call_tool(name, arguments)
                except MCPError as raised:
                    error = raised.error
                    told = {"message": error.message, "data": error.data}
                    code = (error.data or {}).get("code")
                    return Said(200, code, told, error.code, text=json.dumps(told))
        body = dict(result.structured_content or {})
        return Said(200, body.get("code") or "", body, text=json.dumps(body))


class Console:
    """A person's browser, without the browser: the form is fetched, filled in and sent."""

    def __init__(self, plane: Plane, role: str, tenant: str = "default") -> None:
        self.client = httpx.Client(base_url=plane.url, timeout=60)
        login = plane.demo["logins"][tenant][role]
        token = self._token("/login/")
        answer = self.client.post("/login/", data={**login, "csrfmiddlewaretoken": token})
        assert answer.status_code == 302, answer.text

    def call(self, operation: str, data: dict[str, Any], **more: Any) -> Said:
        fields = {f"in.{name}": str(value) for name, value in data.items() if value is not None}
        return self.send(f"/operations/{operation}/", {**fields, **more})

    def send(self, path: str, fields: dict[str, str]) -> Said:
        form = path.removesuffix("confirm/")
        sent = {**fields, "csrfmiddlewaretoken": self._token(form)}
        answer = self.client.post(path, data=sent)
        return Said(answer.status_code, None, {}, None, dict(answer.headers), answer.text)

    def hidden(self, said: Said, name: str) -> str:
        """The value of a hidden field of a page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', said.text)
        assert found, said.text
        return found[1]

    def _token(self, path: str) -> str:
        page = self.client.get(path)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found, f"{path}: {page.status_code}"
        return found[1]
