"""What the MCP face costs: CPU a call on the thin path and on the SDK's, and how long callers wait.

One loader, one run. Authentication, limiter and metrics are on. The server has one core and the
loader the other; CPU is the process's own, so that a busy machine changes little of it.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import django

from apps.ops.launcher.commands import Commands
from tests.load.bench import Bench, children_of, median, percentile, tree_cpu_seconds
from tests.support.engines import Engines, until
from tests.support.mcp_hub import asked, hub
from tests.support.mcp_load import Target, called, closed_loop, newcomers, open_loop, prepared
from tests.support.plane import CHECKOUT, free_port, listens

ROUNDS, CALLS, CLIENTS, SECONDS = 5, 3_000, 50, 6.0
CORES = sorted(os.sched_getaffinity(0))
UNLIMITED = {
    f"{who}_RATE_LIMIT_{what}": "100000000" for who in ("API", "MCP") for what in ("RPM", "BURST")
}
#: Milliseconds at p50, p95, p99 and at most, of the reference servers.
REFERENCE = {"tools/list": (50, 200, 500, 1_000), "tools/call": (100, 500, 1_000, 2_000)}


def main() -> None:
    says = (
        f"CPU of one granian process; {ROUNDS} rounds of {CALLS} calls over {CLIENTS} connections"
    )
    bench, engines = Bench("mcp", says), Engines()
    try:
        os.environ.update(engines.start(), DJANGO_SETTINGS_MODULE="controlplane.settings")
        django.setup()
        scene = rows()
        os.sched_setaffinity(0, {CORES[-1]})
        measure(bench, scene, engines.state.metrics)
    finally:
        engines.stop()
    bench.report()


def measure(bench: Bench, scene: dict[str, str], metrics: Path) -> None:
    """Every figure, each kind of server started once."""
    with serving(metrics, MCP_THIN_PATH="true") as (port, process):
        target = Target(port, scene["key"])
        thin = costs(bench, process, target)
        waits(bench, target, scene)
        bench.add("memory of the web process under load", resident(process), "MB RSS", most=220)
        relay(bench, target)
        beside(bench, target, process)
    with serving(metrics, MCP_THIN_PATH="false") as (port, process):
        target = Target(port, scene["key"])
        sdk = microseconds(process, target, called(target, "system_ping"))
    bench.add("pure READ, the SDK's modern path", sdk, "µs")
    bench.add("pure READ, SDK to thin", sdk / thin, "times", least=3)
    protocol(bench)


def costs(bench: Bench, process: subprocess.Popen[bytes], target: Target) -> float:
    """CPU a call on the thin path; that of the pure READ is returned."""
    pure = microseconds(process, target, called(target, "system_ping"))
    bench.add("pure READ, thin", pure, "µs", most=150)
    query = microseconds(process, target, called(target, "audit_checkpoint"))
    bench.add("READ with a thread and a query", query, "µs", most=600)
    pair = [prepared(target, method) for method in ("server/discover", "tools/list")]
    bench.add("discover + list", 2 * microseconds(process, target, *pair), "µs", most=200)
    return pure


def waits(bench: Bench, target: Target, scene: dict[str, str]) -> None:
    """How long callers wait, of those who come at once and of those who stay."""
    pair = [prepared(target, method) for method in ("server/discover", "tools/list")]
    arrivals = asyncio.run(newcomers(target, pair, clients=CLIENTS))
    bench.add(f"{CLIENTS} new clients at once, p95", percentile(arrivals, 95), "ms", most=50)
    tools = {
        "device list of 50": called(target, "fleet_device_list", limit=50),
        "summary from state": called(target, "fleet_summary_get"),
        "job get": called(target, "jobs_job_get", job=scene["job"]),
    }
    for name, request in tools.items():
        asyncio.run(closed_loop(target, [request], clients=CLIENTS, rounds=4))
        found = asyncio.run(open_loop(target, [request], clients=CLIENTS, seconds=SECONDS, pause=1))
        bench.add(
            f"{name}, {CLIENTS} clients once a second, p95", percentile(found, 95), "ms", most=50
        )
    crowds = {"tools/list": [pair[1]], "tools/call": list(tools.values())}
    for method, limits in REFERENCE.items():
        found = asyncio.run(
            open_loop(target, crowds[method], clients=100, seconds=SECONDS, pause=1)
        )
        for percent, most in zip((50, 95, 99, 100), limits, strict=True):
            name = f"{method}, 100 clients once a second, p{percent}"
            bench.add(name, percentile(found, percent), "ms", most=most)
    found = asyncio.run(closed_loop(target, [pair[1]], clients=100, rounds=30))
    bench.add("tools/list, 100 clients without a pause, p95", percentile(found, 95), "ms")


def microseconds(process: subprocess.Popen[bytes], target: Target, *requests: bytes) -> float:
    """Median over rounds of the server's CPU a request."""
    return microseconds_of([process], target, *requests, calls=CALLS)


def microseconds_of(
    processes: list[subprocess.Popen[bytes]], target: Target, *requests: bytes, calls: int
) -> float:
    """Median over rounds of the CPU of all these a request; the first round only warms."""

    def used() -> float:
        return sum(tree_cpu_seconds(process.pid) for process in processes)

    found, each = [], calls // CLIENTS
    for _ in range(ROUNDS + 1):
        before = used()
        asyncio.run(closed_loop(target, requests, clients=CLIENTS, rounds=each))
        found.append((used() - before) / (each * CLIENTS) * 1e6)
    return median(found[1:])


def relay(bench: Bench, target: Target) -> None:
    """The first answer through the relay for clients that only start processes."""
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode() + b"\n"
    command = [sys.executable, "-m", "apps.mcp.stdio", f"http://127.0.0.1:{target.port}/mcp"]
    environ = {**os.environ, "CONTROLPLANE_API_KEY": target.key}
    found, most = [], 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with subprocess.Popen(
            command, cwd=CHECKOUT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin
            assert process.stdout
            process.stdin.write(line)
            process.stdin.flush()
            assert b'"result"' in process.stdout.readline()
            found.append((time.perf_counter() - began) * 1000)
            most = max(most, memory(process.pid, "VmHWM"))
            process.stdin.close()
    bench.add("stdio, from start to first answer", median(found), "ms", most=300)
    bench.add("stdio, memory", most, "MB RSS", most=40)


def beside(bench: Bench, target: Target, process: subprocess.Popen[bytes]) -> None:
    """What calls cost through the hub from npm, all processes counted. They go through its REST
    face: its MCP sessions ended it when they were closed (4.2.1)."""
    with hub(target, CORES[0]) as (there, peer):
        for server, tool, counted in (
            ("a stdio echo", asked(there, "echo", "echo"), [peer]),
            ("ours", asked(there, "ours", "system_ping"), [peer, process]),
        ):
            until(partial(answered, there, tool), 30, lambda: "the hub has no upstream")
            cost = microseconds_of(counted, there, tool, calls=CALLS)
            bench.add(f"npm hub over REST, {server} behind it", cost, "µs")


def answered(target: Target, request: bytes) -> bool:
    """Whether a request gets its result by now."""
    try:
        asyncio.run(closed_loop(target, [request], clients=1, rounds=1))
    except RuntimeError:
        return False
    return True


def protocol(bench: Bench) -> None:
    """The protocol alone: from a message to its answer, for a tool that does nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.mcp_protocol"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    thin, sdk = json.loads(done.stdout)
    bench.add("protocol alone, thin", thin, "µs")
    bench.add("protocol alone, SDK", sdk, "µs")
    bench.add("protocol alone, SDK to thin", sdk / thin, "times", least=7)


def resident(process: subprocess.Popen[bytes]) -> float:
    """Resident megabytes of the server's largest process."""
    return max(memory(pid, "VmRSS") for pid in children_of(process.pid))


def memory(pid: int, what: str) -> float:
    """One line of a process's status, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) / 1024


@contextmanager
def serving(metrics: Path, **environ: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The whole web process on the first core."""
    port = free_port()
    metrics.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        Commands(port=port).web(),
        cwd=CHECKOUT,
        env={**os.environ, **UNLIMITED, "PROMETHEUS_MULTIPROC_DIR": str(metrics), **environ},
        preexec_fn=lambda: os.sched_setaffinity(0, {CORES[0]}),
    )
    try:
        until(lambda: listens(port), 60, lambda: "the server did not start")
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


def rows() -> dict[str, str]:
    """A tenant with fifty devices, a job, and a key that may see them."""
    from django.core.management import call_command

    from tests.support import factories

    call_command("migrate", verbosity=0)
    tenant = factories.tenant()
    account = factories.user(tenant, "operator")
    devices = [factories.device(tenant) for _ in range(50)]
    actor = factories.actor_of("operator", tenant)
    return {
        "key": factories.api_key(account),
        "job": str(factories.job(actor).id),
        "device": str(devices[0].id),
    }


if __name__ == "__main__":
    main()
