"""What this process uses: memory, CPU, and how late its event loop runs."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

import psutil
from prometheus_client import Gauge

from apps.kernel import clock

MEMORY = Gauge(
    "process_memory_usage_bytes",
    "Memory of the plane's processes that sample themselves.",
    ["type"],
    multiprocess_mode="livesum",
)
CPU = Gauge(
    "process_cpu_usage_percent",
    "CPU of those processes; 100 is one core.",
    multiprocess_mode="livesum",
)
LAG = Gauge(
    "event_loop_lag_seconds",
    "How late the event loop of the slowest web process runs.",
    multiprocess_mode="livemax",
)

SAMPLE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """One look at the process. Bytes, per cent of one core, seconds."""

    rss: int
    vms: int
    cpu_percent: float
    loop_lag: float | None


_lag: list[float] = []


@cache
def _self() -> psutil.Process:
    found = psutil.Process()
    found.cpu_percent()  # the first call only sets the mark that the next is measured from
    return found


def usage() -> Usage:
    """What the process uses now; also what the gauges say until the next look."""
    memory = _self().memory_info()
    found = Usage(memory.rss, memory.vms, _self().cpu_percent(), _lag[-1] if _lag else None)
    MEMORY.labels("rss").set(found.rss)
    MEMORY.labels("vms").set(found.vms)
    CPU.set(found.cpu_percent)
    return found


class LoopWatch:
    """Measures the lag of the event loop it was started on, until it is stopped."""

    def __init__(self, seconds: float = SAMPLE_SECONDS) -> None:
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """End, and wait for the end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _watch(self) -> None:
        while True:
            due = clock.monotonic() + self._seconds
            await asyncio.sleep(self._seconds)
            _lag[:] = [max(0.0, clock.monotonic() - due)]
            LAG.set(_lag[-1])
            usage()
