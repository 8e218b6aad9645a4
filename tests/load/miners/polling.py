"""CPU of reading a miner: ours through the product's poller, stored, and pyasic's `get_data`.

Both read the same simulated miners, one after the other; the simulators, PostgreSQL and Valkey are
in processes of their own on the other half of the processors.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.load.bench import Bench, tree_cpu_seconds
from tests.load.qsys.site import (
    OTHER_CPUS,
    POLLER_CPUS,
    Processes,
    Stores,
    addresses,
    started,
    stores,
    until_said,
    workers,
)
from tests.support.parties import party_python

MINERS: Final = 100
GRPC: Final = 50_051
#: Shorter than the product's 15 s, so that a run of seconds holds many readings of each miner.
PERIOD: Final = 1.0
SECONDS: Final = 20.0
PARTY: Final = Path(__file__).with_name("pyasic_reads.py")


def main() -> None:
    bench = Bench(
        "miners-polling",
        f"{MINERS} miners, each read every {PERIOD:g} s for {SECONDS:g} s; CPU of the reader alone",
    )
    hosts = addresses(MINERS)
    os.environ["MINER_POLL_SECONDS"] = str(PERIOD)
    try:
        with stores(hosts, GRPC) as kept, simulators(hosts) as site:
            register(hosts)
            cost = ours(bench, kept, site)
            theirs = pyasic(bench, hosts)
            bench.add("pyasic to ours", theirs / cost, "times", least=8)
    finally:
        bench.report()


def ours(bench: Bench, kept: Stores, site: Processes) -> float:
    """Milliseconds of CPU a reading, stored; of the poller's process."""
    from apps.miners.models import MinerSample

    with workers("tests.load.miners.worker", [str(MINERS)]) as pollers:
        rows, before = MinerSample.objects.count(), (kept.cpu(), site.cpu())
        pollers.ask("mark")
        time.sleep(SECONDS)
        (found,) = pollers.ask("figures")
        read = MinerSample.objects.count() - rows
        cost: float = 1_000 * found["cpu"] / read
        bench.add("readings stored", read / found["took"], "1/s", least=0.9 * MINERS / PERIOD)
        bench.add("CPU of a reading, ours", cost, "ms", most=3)
        bench.add("CPU of the stores, a reading", 1_000 * (kept.cpu() - before[0]) / read, "ms")
        bench.add("CPU of the simulators, a reading", 1_000 * (site.cpu() - before[1]) / read, "ms")
        bench.add("memory of a poller", pollers.memory(), "MB", most=300)
    return cost


def pyasic(bench: Bench, hosts: list[str]) -> float:
    """Milliseconds of CPU that pyasic takes for one `get_data`."""
    command = [str(party_python()), str(PARTY), str(SECONDS), *hosts]
    with started(command, POLLER_CPUS) as process:
        until_said(process, "ready")
        before = tree_cpu_seconds(process.pid)
        assert process.stdout is not None
        told: dict[str, Any] = json.loads(process.stdout.readline())
        cost = 1_000 * (tree_cpu_seconds(process.pid) - before) / told["readings"]
    bench.add("CPU of a reading, pyasic", cost, "ms")
    return cost


@contextmanager
def simulators(hosts: list[str]) -> Iterator[Processes]:
    """All miners in one process."""
    command = [sys.executable, "-m", "apps.miners.simulator"]
    with started([*command, *(f"--miner={host}" for host in hosts)], OTHER_CPUS) as process:
        until_said(process, "ready")
        yield Processes([process.pid])


def register(hosts: list[str]) -> None:
    """A device for each miner, with the password that miners have at first."""
    from apps.fleet.models import DeviceState
    from apps.fleet.services import credential_set
    from apps.kernel.partitions import ensure
    from apps.miners.models.sample import SAMPLES
    from tests.support import factories

    ensure(SAMPLES)
    tenant = factories.tenant()
    for host in hosts:
        device = factories.device(tenant, kind="miner", address=host, serial="", shard=0)
        DeviceState.objects.create(device=device)
        credential_set(device, {"username": "root", "password": "root"})


if __name__ == "__main__":
    main()
