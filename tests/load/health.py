"""Latency of /health at 50 clients, and the memory of the whole plane at rest."""

import asyncio
import random
import time

import httpx

from tests.load.bench import Bench, children_of, percentile, pss_megabytes
from tests.support.plane import Plane

CLIENTS, SECONDS = 50, 20
SIMULATORS = ("qsys-sim", "miner-sim")


async def client(http: httpx.AsyncClient, until: float, found: list[float]) -> None:
    """One request a second, open model: timed from the moment it was due."""
    due = time.monotonic() + random.random()
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        answer = await http.get("/health")
        found.append((time.monotonic() - due) * 1000)
        answer.raise_for_status()
        due += 1.0


async def latencies(url: str) -> list[float]:
    found: list[float] = []
    until = time.monotonic() + SECONDS
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=10) as http:
        await asyncio.gather(*(client(http, until, found) for _ in range(CLIENTS)))
    return found


def main() -> None:
    says = f"/health from {CLIENTS} clients, one request a second each, {SECONDS} s; memory at rest"
    bench = Bench("health", says)
    with Plane() as plane:
        found = asyncio.run(latencies(plane.url))
        for percent, most in ((50, 10), (95, 50), (99, 100)):
            bench.add(f"p{percent}", percentile(found, percent), "ms", most=most)
        total = 0.0
        for name, pid in sorted(plane.pids().items()):
            memory = sum(pss_megabytes(one) for one in children_of(pid))
            bench.add(f"memory of {name}", memory, "MB PSS")
            total += memory if name not in SIMULATORS else 0.0
        bench.add("memory without simulators", total, "MB PSS", most=900)
    bench.report()


if __name__ == "__main__":
    main()
