"""What idle subscriptions of the MCP face cost one web process: memory, CPU in silence, an event.

One loader holds every stream. Authentication, limiter and metrics are on; CPU and memory are the
web process's own. All streams listen to the same device, so that one event is told to each of them.
"""

import asyncio
import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import django

from tests.load.bench import Bench, median, tree_cpu_seconds
from tests.load.mcp import CORES, resident, rows, serving
from tests.support.engines import Engines
from tests.support.mcp_listen import Crowd
from tests.support.mcp_load import Target, Wire, called, closed_loop

STREAMS = 10_000
#: Whether the thin path is on, and how many streams are held: the SDK's cost too much for all.
RUNS = (("true", STREAMS), ("false", 1_000))
SILENCE = 30.0
EVENTS = 3
#: Seconds between two events: a stream is told once a second at most.
PAUSE = 3.0


@dataclass(frozen=True)
class Cost:
    """Of one run; `kilobytes` is a stream's share, seconds are medians over the events."""

    kilobytes: float
    idle_percent: float
    cpu_seconds: float
    last_told_seconds: float
    answer_milliseconds: float


def main() -> None:
    says = (
        f"one granian process, {STREAMS:,} subscriptions to one device; {SILENCE:g} s of silence, "
        f"{EVENTS} events"
    )
    bench, engines = Bench("mcp_subscriptions", says), Engines()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        os.environ.update(engines.start(), DJANGO_SETTINGS_MODULE="controlplane.settings")
        django.setup()
        scene = rows()
        os.sched_setaffinity(0, {CORES[-1]})
        for thin, streams in RUNS:
            with serving(engines.state.metrics, MCP_THIN_PATH=thin) as (port, process):
                target = Target(port, scene["key"])
                cost = asyncio.run(measured(target, process, streams, scene["device"]))
            add(bench, cost, streams, plain=thin == "true")
            bench.report()
    finally:
        engines.stop()


def add(bench: Bench, cost: Cost, streams: int, *, plain: bool) -> None:
    """The figures of one run."""
    who = f"{streams:,} {'plain' if plain else 'through the SDK'}"
    bench.add(f"{who}: memory each", cost.kilobytes, "kB", most=40 if plain else None)
    bench.add(f"{who}: CPU in silence", cost.idle_percent, "%", most=5 if plain else None)
    bench.add(f"{who}: CPU of an event to all", cost.cpu_seconds, "s")
    bench.add(f"{who}: CPU of an event, each", cost.cpu_seconds / streams * 1e6, "µs")
    bench.add(f"{who}: until the last is told", cost.last_told_seconds, "s")
    bench.add(f"{who}: longest answer to others meanwhile", cost.answer_milliseconds, "ms")


async def measured(
    target: Target, process: subprocess.Popen[bytes], streams: int, device: str
) -> Cost:
    """What so many streams cost; the process has answered a few calls before."""
    crowd, uri = Crowd(target), f"fleet://devices/{device}"
    ping = called(target, "system_ping")
    await closed_loop(target, [ping], clients=1, rounds=100)
    await crowd.grow(10, uri)
    before = resident(process)
    await crowd.grow(streams - 10, uri)
    kilobytes = (resident(process) - before) / (streams - 10) * 1024
    began, used = time.perf_counter(), tree_cpu_seconds(process.pid)
    await asyncio.sleep(SILENCE)
    idle = (tree_cpu_seconds(process.pid) - used) / (time.perf_counter() - began) * 100
    told, wire = [], await Wire.opened(target)
    for _ in range(EVENTS):
        told.append(await one_event(crowd, process, partial(happen, device), wire, ping, streams))
        await asyncio.sleep(PAUSE)
    crowd.leave()
    await wire.close()
    cpu, last, answers = zip(*told, strict=True)
    return Cost(kilobytes, idle, median(cpu), median(last), max(answers))


async def one_event(
    crowd: Crowd,
    process: subprocess.Popen[bytes],
    happens: Callable[[], None],
    wire: Wire,
    ping: bytes,
    streams: int,
) -> tuple[float, float, float]:
    """CPU seconds, seconds until the last stream was told, and the longest answer to another
    caller meanwhile (milliseconds)."""
    expected = crowd.heard["told"] + streams
    used, began = tree_cpu_seconds(process.pid), time.perf_counter()
    await asyncio.to_thread(happens)
    told = asyncio.create_task(crowd.until("told", expected))
    longest = 0.0
    while not told.done():
        asked = time.perf_counter()
        await wire.ask(ping)
        longest = max(longest, time.perf_counter() - asked)
        await asyncio.sleep(0.02)
    await told
    last = time.perf_counter() - began
    cpu = tree_cpu_seconds(process.pid) - used
    return cpu, last, longest * 1000


def happen(device_id: str) -> None:
    """Something that changes the device."""
    from django.db import transaction

    from apps.events.publish import publish
    from apps.events.types import DeviceChanged
    from apps.fleet.models import Device

    found = Device.system.get(id=device_id)
    event = DeviceChanged(device_id=found.id, name=found.name, change="tagged")
    with transaction.atomic():
        publish(event, tenant_id=found.tenant_id, site_path=found.site_path, device_id=found.id)


if __name__ == "__main__":
    main()
