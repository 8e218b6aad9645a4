"""The whole product behind a real server, on the database of the running tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import httpx

from tests.parties.mcp_serving import ROOT, end, test_environment
from tests.support.engines import until
from tests.support.plane import free_port, listens

PROTOCOL = "2025-06-18"


@dataclass
class Server:
    """Where it listens, and how MCP is spoken to it."""

    url: str

    def mcp(
        self, key: str | None, method: str, params: dict[str, Any], *, below: str = ""
    ) -> httpx.Response:
        """One JSON-RPC request; `below` names a toolset's address."""
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": PROTOCOL,
        }
        if key is not None:
            headers["X-API-Key"] = key
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return httpx.post(f"{self.url}/mcp{below}", headers=headers, json=body, timeout=20)


@contextmanager
def serving(log: IO[str] | None = None, **environ: str) -> Iterator[Server]:
    """The server, from its first answer to its end; what it writes goes to `log`."""
    port = free_port()
    here = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "controlplane.asgi:application", *here],
        cwd=ROOT,
        env=test_environment(**environ),
        stdout=log,
        stderr=log,
    )
    try:
        until(lambda: process.poll() is not None or listens(port), 30, lambda: "no server")
        assert process.poll() is None, "the server did not start"
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        end(process)
