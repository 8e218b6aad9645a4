"""Scenario 3: a thousand calls a second, 70 % reads, 20 % changes, 10 % on firmware."""

import itertools
import random
from typing import Any, ClassVar

from locust import task

from tests.load.bench import Bench
from tests.load.locust.arrivals import Arrivals
from tests.load.locust.asking import Punctual
from tests.load.locust.identities import ENGINEERS, Identity, demo_of, identities
from tests.load.locust.scenario import Run


class Mixed(Punctual):
    """One of a pool of clients; whoever is free makes the next call that is due.

    Firmware calls list, look and plan: a plane of ten miners cannot begin a hundred upgrades a
    second, as each device holds one.
    """

    file_name = "mixed"
    crowd: ClassVar[list[Identity]]
    numbers: ClassVar["itertools.count[int]"]
    schedule: ClassVar[Arrivals]
    known: ClassVar[dict[str, str]]
    """An image of each tenant, once somebody has listed them."""

    @classmethod
    def begin(cls, options: Any) -> None:
        cls.crowd = identities(demo_of(options), ENGINEERS)
        cls.numbers, cls.schedule, cls.known = itertools.count(), Arrivals(options.rate), {}

    def on_start(self) -> None:
        number = next(self.numbers)
        self.identity = self.crowd[number % len(self.crowd)]
        self.names = sorted(name for name in self.identity.devices if name.startswith("Miner"))
        self.tags = itertools.cycle((("load-even", "load-odd"), ("load-odd", "load-even")))
        super().on_start()

    def arrivals(self) -> Arrivals:
        return self.schedule

    @task(30)
    def summary(self) -> None:
        self.operation("fleet.summary.get", {})

    @task(20)
    def device(self) -> None:
        self.resource(f"devices/{self.identity.devices[random.choice(self.names)]}/", "device")

    @task(20)
    def summary_tool(self) -> None:
        self.tool("fleet_summary_get")

    @task(20)
    def tag(self) -> None:
        on, off = next(self.tags)
        device = self.identity.devices[random.choice(self.names)]
        self.operation("fleet.device.tag", {"devices": [device], "add": [on], "remove": [off]})

    @task(4)
    def images(self) -> None:
        answer = self.operation("miners.firmware.list", {})
        for image in answer.get("output", {}).get("images", [])[:1]:
            self.known[self.identity.tenant] = image["id"]

    @task(3)
    def look(self) -> None:
        if image := self.known.get(self.identity.tenant):
            self.operation("miners.firmware.get", {"image": image})
        else:
            self.images()

    @task(3)
    def plan(self) -> None:
        if image := self.known.get(self.identity.tenant):
            wanted = {"device": random.choice(self.names), "image": image, "older": True}
            self.operation("miners.firmware.upgrade", wanted, key="load", dry_run=True)
        else:
            self.images()

    @classmethod
    def says(cls, run: Run) -> str:
        return (
            f"{run.rate:g} calls a second are due, {run.users} clients with {len(cls.crowd)} keys: "
            "70 % reads, 20 % changes, 10 % firmware"
        )

    @classmethod
    def judge(cls, bench: Bench, run: Run) -> None:
        run.measured.waits(bench, p95=500)
        run.measured.mistakes(bench, most=0.1)
        bench.add("calls a second", run.measured.rate, "/s", least=0.99 * run.rate)
        pool = run.after["db_pool_connections"]
        bench.add("database connections", pool, "", most=run.after["db_pool_limit"])
