"""Ten Cores at 33 Hz with a hundred controls each, ten of which always change; all is stored."""

import asyncio
import os
import time

import django
import uvloop

from tests.load.bench import Bench
from tests.support.engines import Engines
from tests.support.qsys import OFFSET, simulator_process

CORES, CONTROLS, METERS, HZ = 10, 100, 10, 33.0
SETTLE, SECONDS = 4.0, 20.0


def main() -> None:
    says = f"{CORES} Cores x {HZ:g} Hz x {CONTROLS} controls ({METERS} changing), {SECONDS:g} s"
    bench = Bench("qsys_poller", says)
    engines = Engines()
    options = (f"--controls={CONTROLS}", f"--meters={METERS}")
    try:
        with simulator_process(*options, cores=CORES) as site:
            hosts = list(site.cores)
            networks = ",".join(f"{host}/32:{1710 + OFFSET}" for host in hosts)
            os.environ.update(engines.start(), DEVICE_NETWORKS=networks)
            os.environ["DJANGO_SETTINGS_MODULE"] = "controlplane.settings"
            django.setup()
            measure(bench, hosts)
    finally:
        engines.stop()
    bench.report()


def measure(bench: Bench, hosts: list[str]) -> None:
    """Everything below needs Django to be set up, hence the imports."""
    from django.core.management import call_command

    from apps.fleet.models import Device, DeviceState
    from apps.qsys.models import Watch
    from apps.qsys.poller.rows import core_ensure
    from tests.support import factories

    call_command("migrate", verbosity=0)
    tenant = factories.tenant()
    for host in hosts:
        device: Device = factories.device(
            tenant, address=host, ports={"qrc": 1710 + OFFSET}, shard=0
        )
        DeviceState.objects.create(device=device)
        core_ensure(device)
    Watch.system.filter(name="levels").update(controls=["*"], rate_hz=HZ)
    Watch.system.exclude(name="levels").delete()
    uvloop.run(poll(bench))


async def poll(bench: Bench) -> None:
    from apps.fleet.hold import ShardHold
    from apps.fleet.shardkeys import ShardKey
    from apps.fleet.shards import epoch_next
    from apps.qsys.poller.shard import ShardPolling
    from apps.qsys.poller.times import Times

    class Kept:
        polling: ShardPolling

        async def run(self, shard: ShardHold) -> None:
            self.polling = ShardPolling(shard, Times())
            await self.polling.run()

    key = await asyncio.to_thread(epoch_next, ShardKey("qsys", 0))
    hold, kept = ShardHold(key, "bench"), Kept()
    serving = asyncio.create_task(hold.serve(kept))
    await asyncio.sleep(SETTLE)
    cores = list(kept.polling.cores.values())
    missed = sum(core.outlook.missed for core in cores)
    polls = sum(core.outlook.fastest.polls for core in cores if core.outlook.fastest)
    rows, cpu, began = await asyncio.to_thread(stored), time.process_time(), time.monotonic()
    await asyncio.sleep(SECONDS)
    cpu, took = time.process_time() - cpu, time.monotonic() - began
    figures = [found for core in cores if (found := core.outlook.fastest.figures(SECONDS))]
    polled = sum(core.outlook.fastest.polls for core in cores) - polls
    now_stored = await asyncio.to_thread(stored)
    more = [after - before for after, before in zip(now_stored, rows, strict=True)]
    bench.add("Cores polled", len(figures), "", least=CORES)
    bench.add("slowest Core", min(one.hz for one in figures), "Hz", least=32.5)
    bench.add("all Cores", polled / took, "polls/s")
    bench.add("interval p50", sorted(one.p50 for one in figures)[len(figures) // 2], "ms")
    bench.add("interval p99, worst Core", max(one.p99 for one in figures), "ms", most=46)
    bench.add("interval, longest", max(one.most for one in figures), "ms")
    missed = sum(core.outlook.missed for core in cores) - missed
    bench.add("ticks missed", 100 * missed / max(1, polled + missed), "%", most=1)
    bench.add("CPU of the poller process", cpu / took, "cores", most=0.3)
    bench.add("samples stored", more[0] / took, "1/s", least=0.95 * CORES * METERS * HZ)
    bench.add("per-second rows stored", more[1] / took, "1/s")
    bench.add("bytes a sample in frames", more[2] / max(1, more[0]), "B", most=8)
    bench.add("dropped", sum(kept.polling.buffer.dropped.values()), "", most=0)
    hold.stop.set()
    await serving


def stored() -> tuple[int, int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(samples), 0), (SELECT count(*) FROM qsys_second),"
            " coalesce(sum(octet_length(data)), 0) FROM qsys_frame"
        )
        return cursor.fetchone()


if __name__ == "__main__":
    main()
