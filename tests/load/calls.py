"""CPU a call: a trivial READ over REST and MCP, and a database CHANGE with its audit rows.

Authentication, limiter and metrics are on, and the whole plane with its simulated site runs beside.
One keep-alive connection, closed loop; the figure is the CPU of the web process (its threads
included) over the calls. Waiting does not count, but a process that is interrupted comes back to
cold caches: on a busy machine the same call costs up to twice as much. So the kinds take turns, the
load stands beside the medians, and the quietest round is told as well.
"""

import http.client
import json
from collections.abc import Callable
from itertools import cycle
from typing import Any, Final

from tests.load.bench import Bench, median, tree_cpu_seconds
from tests.support.plane import Plane

CALLS: Final = 400
WARM: Final = 150
ROUNDS: Final = 7
UNLIMITED: Final = {
    "API_RATE_LIMIT_RPM": "10000000",
    "API_RATE_LIMIT_BURST": "1000000",
    "MCP_RATE_LIMIT_RPM": "10000000",
    "MCP_RATE_LIMIT_BURST": "1000000",
}
MCP_HEADERS: Final = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "system_ping",
}
MCP_CALL: Final = {
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
}

SERVER: Final = "the server alone (/health)"
READ: Final = "READ over REST"
TOOL: Final = "READ over MCP"
CHANGE: Final = "database CHANGE over REST"
#: µs a call.
GOALS: Final = {SERVER: None, READ: 900, TOOL: 600, CHANGE: 3000}


class Loader:
    """One keep-alive connection that repeats a request."""

    def __init__(self, plane: Plane, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", plane.port)
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}

    def get(self, path: str) -> None:
        self._ask("GET", path, None, {})

    def post(self, path: str, body: object, **headers: str) -> Any:
        return self._ask("POST", path, json.dumps(body), {**self._headers, **headers})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Any:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {text[:500]!r}")
        return json.loads(text)


def kinds(load: Loader, device: str) -> dict[str, Callable[[], None]]:
    """What is compared, by name; each changing call really changes the device's tags."""
    turns = cycle((("even", "odd"), ("odd", "even")))

    def ping() -> None:
        load.post("/api/v1/operations/system.ping", {"input": {}})

    def tag() -> None:
        on, off = next(turns)
        tags = {"devices": [device], "add": [on], "remove": [off]}
        done = load.post("/api/v1/operations/fleet.device.tag", {"input": tags})["output"]
        if done["before"] == done["after"]:
            raise SystemExit(f"a call that should have changed tags did not: {done}")

    return {
        SERVER: lambda: load.get("/health"),
        READ: ping,
        TOOL: lambda: load.post("/mcp", MCP_CALL, **MCP_HEADERS),
        CHANGE: tag,
    }


def microseconds(pid: int, once: Callable[[], None]) -> float:
    """CPU of the process `pid` and its children a call, over one round."""
    before = tree_cpu_seconds(pid)
    for _ in range(CALLS):
        once()
    return (tree_cpu_seconds(pid) - before) / CALLS * 1e6


def main() -> None:
    says = (
        "CPU of the web process a call (granian, one connection, the simulated plane beside): "
        f"medians of {ROUNDS} rounds of {CALLS}, the kinds in turn"
    )
    bench = Bench("calls", says)
    with Plane(environ=UNLIMITED) as plane:
        load = Loader(plane, plane.key("admin"))
        compared = kinds(load, plane.demo["devices"][0]["id"])
        for once in compared.values():
            for _ in range(WARM):
                once()
        web = plane.pids()["web"]
        found: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(ROUNDS):
            for name, once in compared.items():
                found[name].append(microseconds(web, once))
    for name, rounds in found.items():
        bench.add(name, median(rounds), "µs", most=GOALS[name])
    for name, rounds in found.items():
        bench.add(f"{name}, quietest round", min(rounds), "µs")
    bench.add("CHANGE to READ", median(found[CHANGE]) / median(found[READ]), "times")
    bench.report()


if __name__ == "__main__":
    main()
