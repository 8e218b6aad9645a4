"""From a change on the Core to a hundred watching sockets: a whole plane, its demo Core, granian.

A client of the Core's own, as a wall panel is, sets the lobby gain to a value never used before;
a process of its own holds a hundred WebSockets on `/ws/events`, each of which asks for the Core's
frames. A figure is the time from just before the set is sent until a socket has the frame that
shows it: way to the Core, poll at 33 Hz, frame at 10 Hz, Valkey, web process and socket.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx

from apps.ops.launcher import site
from apps.qsys.client import ControlSet, QrcTransport, QsysSession
from tests.load.bench import Bench, percentile, tree_cpu_seconds
from tests.support.plane import Plane

SOCKETS: Final = 100
CHANGES: Final = 60
#: Seconds between two changes; no multiple of a frame's or a poll's period.
APART: Final = 0.237
CORE: Final = "Lobby"


def main() -> None:
    bench = Bench(
        "qsys-screens",
        f"{CHANGES} changes of one gain on a Core, {SOCKETS} WebSockets watching its frames;"
        " from the change to each socket",
    )
    with ended(Plane()) as plane:
        key, device = plane.key("viewer"), lobby(plane)
        address = f"ws://127.0.0.1:{plane.port}/ws/events"
        command = [sys.executable, "-m", "tests.load.qsys.watchers", address, key, device["id"]]
        with subprocess.Popen(
            [*command, str(SOCKETS)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as watchers:
            assert watchers.stdin is not None
            assert watchers.stdout is not None
            watchers.stdout.readline()
            pids = plane.pids()
            spent, began = cpu(pids), time.monotonic()
            sent = asyncio.run(changed(device["address"], site.port_offset(plane.network)))
            took, used = time.monotonic() - began, cpu(pids)
            found: dict[str, list[float]] = json.loads(watchers.communicate()[0])
    waits = [
        1000 * (at - sent[float(value)])
        for value, seen in found.items()
        if float(value) in sent
        for at in seen
    ]
    bench.add("sightings, of all sockets and changes", len(waits), "", least=SOCKETS * CHANGES)
    bench.add("change to socket, p50", percentile(waits, 50), "ms")
    bench.add("change to socket, p95", percentile(waits, 95), "ms", most=150)
    bench.add("change to socket, most", max(waits), "ms")
    for name in used:
        bench.add(f"CPU of {name}", (used[name] - spent[name]) / took, "cores")
    bench.report()


@contextlib.contextmanager
def ended(plane: Plane) -> Iterator[Plane]:
    """A plane that may take its time to start; a busy machine is no reason to give up."""
    try:
        plane.start(300)
        yield plane
    finally:
        plane.end()


def lobby(plane: Plane) -> dict[str, Any]:
    """The device, once it is polled."""
    headers = {"X-API-Key": plane.key("viewer")}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = httpx.get(f"{plane.url}/api/v1/devices/", headers=headers, timeout=20)
        for one in answer.raise_for_status().json()["items"]:
            if one["name"] == CORE and one["state"]["summary"].get("p50_ms"):
                return dict(one)
        time.sleep(0.5)
    raise SystemExit(f"{CORE} is not polled")


async def changed(address: str, offset: int) -> dict[float, float]:
    """Each value that was set on the Core, and when on the monotonic clock."""
    sent: dict[float, float] = {}
    async with QsysSession(QrcTransport(address, site.CORE_PORT + offset), timeout=10) as core:
        for number in range(CHANGES):
            value = -30.0 - number / 4
            sent[value] = time.monotonic()
            await core.component_set("Lobby Gain", [ControlSet("gain", value=value)])
            await asyncio.sleep(APART)
        await asyncio.sleep(1)
    return sent


def cpu(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of the web process, its workers included."""
    return {name: tree_cpu_seconds(pid) for name, pid in pids.items() if name.startswith("web")}


if __name__ == "__main__":
    main()
