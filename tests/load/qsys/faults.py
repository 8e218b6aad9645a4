"""What Cores that are well notice of ten others with a fault each, on one poller.

The bench compares the calm Cores' intervals before, during and after the faults. These Cores are
simulated by a process of their own, so that what a fault costs the simulator is not in it.
"""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from tests.load.bench import Bench
from tests.load.qsys.site import (
    OTHER_CPUS,
    addresses,
    audience,
    register,
    simulators,
    started,
    stores,
    until_said,
    workers,
)
from tests.support.qsys import OFFSET, Site

CALM: Final = 20
SECONDS: Final = 12.0
SETTLE: Final = 3.0
OPTIONS: Final = ("--controls=100", "--meters=10")
#: What the calm may notice.
SHARE: Final = 1.2
#: The orders of each faulted Core, in turn; all begin at about the same time.
FAULTS: Final[tuple[tuple[dict[str, Any], ...], ...]] = (
    ({"do": "refuse"}, {"do": "cut"}),
    ({"do": "reboot", "seconds": 7, "booting": 1},),
    ({"do": "reload"},),
    ({"do": "fault", "set": {"vanished": True}},),
    ({"do": "fault", "set": {"delay": 10.0}},),
    ({"do": "fault", "set": {"hang": True}},),
    ({"do": "fault", "set": {"garbage": 3, "noise": 5_000}},),
    ({"do": "fault", "set": {"endless": 100 * 1024 * 1024}},),
    ({"do": "fault", "set": {"cut_after": 40}},),
    ({"do": "storm", "count": 500},),
)


def main() -> None:
    bench = Bench(
        "qsys-faults",
        f"{CALM} calm Cores x 33 Hz x 100 controls beside {len(FAULTS)} with a fault each, on one"
        f" poller; {SECONDS:g} s before, during and after",
    )
    hosts = addresses(CALM + len(FAULTS))
    calm, faulted = hosts[:CALM], hosts[CALM:]
    with stores(hosts) as kept, simulators(calm, *OPTIONS), faulty(faulted) as site:
        devices = register(hosts, shards=[0])
        ids = [str(one.id) for one in devices[:CALM]]
        with audience(), workers("tests.load.qsys.worker", ["0"]) as pollers:
            time.sleep(SETTLE)
            spent = kept.cpu()
            before = window(pollers, ids)
            for host, orders in zip(faulted, FAULTS, strict=True):
                for order in orders:
                    site.order(core=host, **order)
            during = window(pollers, ids)
            for host in faulted:
                site.order(core=host, do="heal")
            took = until_back(pollers, len(hosts))
            after = window(pollers, ids)
            report(bench, before, during, after)
            bench.add("all back after the faults ended", took, "s", most=35)
            bench.add("CPU of the stores", (kept.cpu() - spent) / (3 * SECONDS + took), "cores")
    bench.report()


@contextlib.contextmanager
def faulty(hosts: list[str]) -> Iterator[Site]:
    """Cores that take orders, in a process apart from the calm ones."""
    with tempfile.TemporaryDirectory(prefix="qsys") as folder:
        command = [sys.executable, "-m", "apps.qsys.simulator", "--port-offset", str(OFFSET)]
        command += [*(f"--core={host}=Core {host}" for host in hosts), *OPTIONS]
        with started([*command, "--control", f"{folder}/control"], OTHER_CPUS) as child:
            until_said(child, "ready")
            yield Site(child, f"{folder}/control", [])


def window(pollers: Any, calm: list[str]) -> dict[str, Any]:
    """The calm Cores' intervals at p99 (ms), the poller's CPU and what it lost, over a window."""
    pollers.ask("mark")
    time.sleep(SECONDS)
    (found,) = pollers.ask("figures")
    p99 = [found["p99_of"][one] for one in calm if one in found["p99_of"]]
    return {**found, "calm": p99}


def until_back(pollers: Any, count: int) -> float:
    """Seconds until every Core has been polled for one; an unreachable one is tried each 30 s."""
    began, standing = time.monotonic(), 0
    while standing < count and time.monotonic() - began < 60:
        time.sleep(0.2)
        (found,) = pollers.ask("figures")
        standing = found["standing"]
    return time.monotonic() - began


def report(bench: Bench, *windows: dict[str, Any]) -> None:
    """The calm Cores' figures of the three windows, and what the faults changed of them."""
    for name, one in zip(("before", "during", "after"), windows, strict=True):
        bench.add(f"{name}: calm Cores polled", len(one["calm"]), "", least=CALM)
        bench.add(f"{name}: interval p99 of the middle calm Core", median(one["calm"]), "ms")
        bench.add(f"{name}: interval p99 of the worst calm Core", max(one["calm"]), "ms")
        bench.add(f"{name}: CPU of the poller", one["cpu"] / one["took"], "cores")
        bench.add(f"{name}: dropped", one["dropped"], "", most=0)
    before, during, after = (median(one["calm"]) for one in windows)
    usual = median((before, after))
    bench.add("p99 during to p99 without faults", during / usual, "", most=SHARE)
    bench.add("p99 after to p99 before", after / before, "")


if __name__ == "__main__":
    main()
