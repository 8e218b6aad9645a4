"""Scenario 1: a hundred clients look at the fleet once a second each, over REST and MCP."""

import itertools
from typing import Any, ClassVar

from locust import task

from tests.load.bench import Bench
from tests.load.locust.arrivals import Arrivals
from tests.load.locust.asking import Punctual
from tests.load.locust.identities import READERS, Identity, demo_of, identities
from tests.load.locust.scenario import Run

HITS, MISSES = "mcp_cache_hits_total", "mcp_cache_misses_total"


class Status(Punctual):
    """One looker. Reads what the plane knows; live questions to a device are another matter."""

    file_name = "status"
    crowd: ClassVar[list[Identity]]
    clients: ClassVar[int]
    numbers: ClassVar["itertools.count[int]"]

    @classmethod
    def begin(cls, options: Any) -> None:
        cls.crowd, cls.clients = identities(demo_of(options), READERS), options.num_users
        cls.numbers = itertools.count()

    def on_start(self) -> None:
        number = next(self.numbers)
        self.identity = self.crowd[number % len(self.crowd)]
        self.devices = itertools.cycle(self.identity.devices.values())
        self._arrivals = Arrivals(1.0, offset=number / self.clients)
        super().on_start()

    def arrivals(self) -> Arrivals:
        return self._arrivals

    @task(3)
    def summary(self) -> None:
        self.operation("fleet.summary.get", {})

    @task(2)
    def device(self) -> None:
        self.resource(f"devices/{next(self.devices)}/", "device")

    @task(3)
    def summary_tool(self) -> None:
        self.tool("fleet_summary_get")

    @task(1)
    def list_tool(self) -> None:
        self.tool("fleet_device_list", limit=50)

    @task(1)
    def tool_list(self) -> None:
        self.tools()

    @classmethod
    def says(cls, run: Run) -> str:
        keys = len(cls.crowd)
        return f"{run.users} clients with {keys} keys, one call a second each, REST and MCP"

    @classmethod
    def judge(cls, bench: Bench, run: Run) -> None:
        run.measured.waits(bench, p95=100, p99=1000)
        run.measured.mistakes(bench, most=0)
        hits, misses = run.grown(HITS), run.grown(MISSES)
        bench.add("cache hits", 100 * hits / max(hits + misses, 1), "%", least=90)
        bench.add("calls a second", run.measured.rate, "/s", least=0.95 * run.users)
