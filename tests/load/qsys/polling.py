"""Many Cores at 33 Hz: 50 with 10 and with 100 of 100 controls changing, 200, and 500 by AutoPoll.

All is stored but in the last case, which is for the simulator only: the Cores push each 30 ms,
faster than any real one is known to, and what they push is taken in and shown, not stored.
"""

import sys
import time
from dataclasses import dataclass
from typing import Final

from tests.load.bench import Bench
from tests.load.qsys.site import (
    Stores,
    addresses,
    audience,
    register,
    simulators,
    stores,
    workers,
)

SECONDS: Final = 12.0
SETTLE: Final = 3.0
CONTROLS: Final = 100


@dataclass(frozen=True)
class Case:
    """One load and its goals: cores of CPU, Hz of the slowest Core, ms at p99 of the worst."""

    name: str
    cores: int
    changing: int
    shards: int
    least_hz: float
    most_cpu: float | None = None
    most_p99: float | None = None
    pushed: bool = False
    """By AutoPoll instead of Poll, and not stored."""


CASES: Final = (
    Case("50 Cores, 10 changing", 50, 10, 1, 32.5, 0.3, 36.0),
    Case("50 Cores, all changing", 50, 100, 1, 32.5, 0.9, 36.0),
    Case("200 Cores, 10 changing", 200, 10, 2, 32.0),
    Case("500 Cores by AutoPoll, not stored", 500, 10, 4, 32.0, pushed=True),
)


def main(wanted: list[str]) -> None:
    bench = Bench(
        "qsys-polling",
        f"Cores x 33 Hz x {CONTROLS} controls, {SECONDS:g} s a case, a reader of all live frames"
        " beside; CPU of the poller processes, PostgreSQL and simulators apart",
    )
    cases = [one for one in CASES if not wanted or any(word in one.name for word in wanted)]
    hosts = addresses(sum(one.cores for one in cases))
    try:
        with stores(hosts) as kept:
            first_shard = 0
            for case in cases:
                mine, hosts = hosts[: case.cores], hosts[case.cores :]
                shards = list(range(first_shard, first_shard + case.shards))
                measure(bench, case, kept, mine, shards)
                first_shard += case.shards
    finally:
        bench.report()


def measure(bench: Bench, case: Case, kept: Stores, hosts: list[str], shards: list[int]) -> None:
    """One case, with Cores and shards of its own."""
    # A Core's lobby gain takes six controls; the meters move, the rest of the hundred stands.
    moving = case.changing
    still = max(CONTROLS - moving, 6)
    options = (f"--controls={moving + still}", f"--meters={moving}")
    with simulators(hosts, *options) as site:
        register(hosts, shards=shards)
        flags = ["pushed"] if case.pushed else []
        numbers = [[str(number), *flags] for number in shards]
        with audience(), workers("tests.load.qsys.worker", *numbers) as pollers:
            time.sleep(SETTLE)
            before = stored()
            spent = (site.cpu(), kept.cpu())
            pollers.ask("mark")
            time.sleep(SECONDS)
            found = pollers.ask("figures")
            took = found[0]["took"]
            samples, seconds, size = (b - a for a, b in zip(before, stored(), strict=True))
            name = case.name
            hz = [one for each in found for one in each["hz"]]
            polled, missed = (sum(each[key] for each in found) for key in ("polls", "missed"))
            bench.add(f"{name}: Cores polled", len(hz), "", least=case.cores)
            bench.add(f"{name}: slowest Core", min(hz), "Hz", least=case.least_hz)
            bench.add(f"{name}: interval p50", middle(found, "p50"), "ms")
            worst = max(one for each in found for one in each["p99"])
            bench.add(f"{name}: interval p99, worst Core", worst, "ms", most=case.most_p99)
            bench.add(f"{name}: ticks missed", 100 * missed / (polled + missed), "%", most=1)
            cpu = sum(each["cpu"] for each in found) / took
            bench.add(f"{name}: CPU of the pollers", cpu, "cores", most=case.most_cpu)
            bench.add(f"{name}: CPU of the stores", (kept.cpu() - spent[1]) / took, "cores")
            bench.add(f"{name}: CPU of the simulators", (site.cpu() - spent[0]) / took, "cores")
            if not case.pushed:
                least = 0.95 * case.cores * moving * 33
                bench.add(f"{name}: samples stored", samples / took, "1/s", least=least)
                bench.add(f"{name}: per-second rows stored", seconds / took, "1/s")
                bench.add(f"{name}: bytes a sample on disk", size / samples, "B", most=8)
            bench.add(f"{name}: dropped", sum(each["dropped"] for each in found), "", most=0)
            limit = 300 if case.cores == 50 else None
            bench.add(f"{name}: memory of a poller", pollers.memory(), "MB", most=limit)


def middle(found: list[dict[str, list[float]]], key: str) -> float:
    """The middle Core's figure."""
    ordered = sorted(one for each in found for one in each[key])
    return ordered[len(ordered) // 2]


def stored() -> tuple[int, int, int]:
    """Samples, rows a second, and bytes that packed samples take with their index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(samples), 0), (SELECT count(*) FROM qsys_second),"
            " (SELECT sum(pg_total_relation_size(relid))::bigint"
            " FROM pg_partition_tree('qsys_frame'))"
            " FROM qsys_frame"
        )
        row: tuple[int, int, int] = cursor.fetchone()
        return row


if __name__ == "__main__":
    main(sys.argv[1:])
