"""A client of the plane: operations over REST, tools over MCP, each call timed and judged."""

import json
import time
from typing import Any

from gevent import sleep
from locust import FastHttpUser

from tests.load.locust.arrivals import Arrivals, everybody
from tests.load.locust.identities import Identity

MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "1"},
}


class Caller(FastHttpUser):
    """Calls as `identity`. A call's time runs from `due`, where that is set, to its last byte."""

    abstract = True
    network_timeout = connection_timeout = 30.0
    identity: Identity
    due: float | None = None

    def operation(
        self, name: str, given: dict[str, Any], *, key: str = "", expect: int = 200, **body: Any
    ) -> dict[str, Any]:
        """Call an operation; `body` are confirmation, dry_run and the like beside the input."""
        headers = {"Idempotency-Key": key} if key else {}
        path, data = f"/api/v1/operations/{name}", {"input": given, **body}
        return self._ask("POST", path, f"REST {name}", headers, data, expect)

    def resource(self, path: str, name: str) -> dict[str, Any]:
        """Read a resource below /api/v1/."""
        return self._ask("GET", f"/api/v1/{path}", f"REST {name}", {}, None, 200)

    def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool over MCP."""
        return self._mcp("tools/call", {"name": name, "arguments": arguments}, name)

    def tools(self) -> dict[str, Any]:
        """List the tools over MCP."""
        return self._mcp("tools/list", {}, "")

    def _mcp(self, method: str, params: dict[str, Any], name: str) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        headers |= {"Mcp-Name": name} if name else {}
        return self._ask("POST", "/mcp", f"MCP {name or method}", headers, message, 200)

    def _ask(
        self,
        method: str,
        path: str,
        name: str,
        headers: dict[str, str],
        body: Any,
        expect: int,
    ) -> dict[str, Any]:
        """The answer's body; empty when it was not the one expected, which is counted."""
        headers = {"X-API-Key": self.identity.key, "Accept": "application/json", **headers}
        with self.client.request(
            method, path, name=name, headers=headers, json=body, catch_response=True
        ) as answer:
            if self.due is not None:
                answer.request_meta["response_time"] = (time.monotonic() - self.due) * 1000
            content = answer.content or b""
            flaw = self._flaw(answer.status_code, content, expect)
            if flaw:
                answer.failure(flaw)
                return {}
            answer.success()
            return dict(json.loads(content))

    @staticmethod
    def _flaw(status: int, content: bytes, expect: int) -> str:
        if status == 429 or b'"code":-32005' in content[:200]:
            return "Rate limited: start the plane with higher API_RATE_LIMIT_RPM and _BURST."
        if status != expect or b'"isError":true' in content or b'"error":{' in content[:60]:
            return f"{status}: {content[:200].decode(errors='replace')}"
        return ""


class Punctual(Caller):
    """A client that calls when a call is due; late, where the answer before came late."""

    abstract = True

    def arrivals(self) -> Arrivals:
        """The schedule this client serves."""
        raise NotImplementedError

    def on_start(self) -> None:
        """Wait until everybody is there."""
        everybody.wait()
        sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until the next call."""
        self.due = self.arrivals().next()
        return max(0.0, self.due - time.monotonic())
