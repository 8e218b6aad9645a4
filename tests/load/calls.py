"""CPU a call: a trivial READ over REST and MCP, and a database CHANGE with its audit rows.

Authentication, limiter and metrics are on. One keep-alive connection, closed loop; the figure is
the CPU of the web process (its threads included) over the calls, so a busy machine changes little.
"""

import http.client
import json
from collections.abc import Callable

from tests.load.bench import Bench, median, tree_cpu_seconds
from tests.support.plane import Plane

CALLS, WARM, ROUNDS = 600, 100, 5
UNLIMITED = {
    "API_RATE_LIMIT_RPM": "10000000",
    "API_RATE_LIMIT_BURST": "1000000",
    "MCP_RATE_LIMIT_RPM": "10000000",
    "MCP_RATE_LIMIT_BURST": "1000000",
}
MCP_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "system_ping",
}


class Loader:
    """One keep-alive connection that repeats a request."""

    def __init__(self, plane: Plane, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", plane.port)
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}

    def post(self, path: str, body: object, **headers: str) -> None:
        self._connection.request("POST", path, json.dumps(body), {**self._headers, **headers})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {text[:500]!r}")


def microseconds(plane: Plane, once: Callable[[], None]) -> float:
    """Median over rounds of the web process's CPU a call."""
    for _ in range(WARM):
        once()
    found = []
    for _ in range(ROUNDS):
        before = tree_cpu_seconds(plane.pids()["web"])
        for _ in range(CALLS):
            once()
        found.append((tree_cpu_seconds(plane.pids()["web"]) - before) / CALLS * 1e6)
    return median(found)


def main() -> None:
    bench = Bench("calls", f"CPU of the web process a call; {ROUNDS} rounds of {CALLS}, granian")
    with Plane(environ=UNLIMITED) as plane:
        rest = Loader(plane, plane.key("admin"))
        device = plane.demo["devices"][0]["id"]

        def ping() -> None:
            rest.post("/api/v1/operations/system.ping", {"input": {}})

        def tag() -> None:
            rest.post(
                "/api/v1/operations/fleet.device.tag",
                {"input": {"devices": [device], "add": ["bench"], "remove": []}},
            )

        def tool() -> None:
            rest.post(
                "/mcp",
                {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": "tools/call",
                    "params": {
                        "name": "system_ping",
                        "arguments": {},
                        "_meta": {
                            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                            "io.modelcontextprotocol/clientCapabilities": {},
                            "io.modelcontextprotocol/clientInfo": {"name": "b", "version": "1"},
                        },
                    },
                },
                **MCP_HEADERS,
            )

        bench.add("READ over REST", microseconds(plane, ping), "µs", most=900)
        bench.add("READ over MCP", microseconds(plane, tool), "µs", most=600)
        bench.add("database CHANGE over REST", microseconds(plane, tag), "µs", most=3000)
    bench.report()


if __name__ == "__main__":
    main()
