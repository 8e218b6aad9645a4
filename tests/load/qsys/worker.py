"""A poller process of a bench: one shard as the product polls it, asked by lines on its input."""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Iterable
from typing import Any

import django
import uvloop


async def poll(number: int, *, pushed: bool) -> None:
    """Poll a shard until the input ends; `mark` starts a window, `figures` tells of it.

    `pushed` leaves even 30 ms to AutoPoll, and stores nothing.
    """
    from apps.fleet.hold import ShardHold
    from apps.fleet.shardkeys import ShardKey
    from apps.fleet.shards import epoch_next
    from apps.qsys.poller.shard import ShardPolling
    from apps.qsys.poller.times import Times
    from apps.qsys.telemetry import Buffer, LastValue, Samples

    class Kept:
        polling: ShardPolling

        async def run(self, shard: ShardHold) -> None:
            self.polling = ShardPolling(shard, Times(push=0.02) if pushed else Times())
            if pushed:
                self.polling.buffer = Unstored()
            await self.polling.run()

    class Unstored(Buffer):
        def put_samples(self, samples: Samples) -> None:
            pass

        def put_values(self, values: Iterable[LastValue]) -> None:
            pass

    key = await asyncio.to_thread(epoch_next, ShardKey("qsys", number))
    hold, kept = ShardHold(key, "bench"), Kept()
    serving = asyncio.create_task(hold.serve(kept))
    window = Window(kept, serving)
    while question := await asyncio.to_thread(sys.stdin.readline):
        answers = {"ready": window.ready, "mark": window.mark, "figures": window.figures}
        print(json.dumps(await answers[question.strip()]()), flush=True)
    hold.stop.set()
    await serving


class Window:
    """What happened between `mark` and `figures`."""

    def __init__(self, kept: Any, serving: asyncio.Task[None]) -> None:
        self._kept, self._serving = kept, serving

    async def ready(self) -> dict[str, Any]:
        """When every Core of the shard has been polled for a second."""
        while not (self._cores() and all(self._is_up(core) for core in self._cores())):
            if self._serving.done():
                raise SystemExit("The shard was lost: too many Cores for this process and machine.")
            await asyncio.sleep(0.2)
        return {"cores": len(self._cores())}

    async def mark(self) -> dict[str, Any]:
        """Begin."""
        self._began, self._cpu = time.monotonic(), time.process_time()
        self._counted = self._counts()
        return {}

    async def figures(self) -> dict[str, Any]:
        """Rates of every Core, CPU seconds, losses and memory, since the mark."""
        took = time.monotonic() - self._began
        named = [(core, core.outlook.fastest.figures(took)) for core in self._polled()]
        rates = [one for _, one in named]
        now = self._counts()
        return {
            "took": took,
            "cpu": time.process_time() - self._cpu,
            "hz": [one.hz for one in rates if one],
            "p50": [one.p50 for one in rates if one],
            "p99": [one.p99 for one in rates if one],
            "most": [one.most for one in rates if one],
            "standing": sum(core.outlook.stood_for(1.0) for core in self._cores()),
            "p99_of": {str(core.outlook.device_id): one.p99 for core, one in named if one},
            **{name: now[name] - self._counted[name] for name in now},
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }

    def _cores(self) -> list[Any]:
        polling = getattr(self._kept, "polling", None)
        return list(polling.cores.values()) if polling else []

    def _is_up(self, core: Any) -> bool:
        return core.outlook.fastest is not None and core.outlook.fastest.polls >= 33

    def _polled(self) -> list[Any]:
        """Cores that are polled now; one that is away has no rate."""
        return [core for core in self._cores() if core.outlook.fastest is not None]

    def _counts(self) -> dict[str, int]:
        cores = self._cores()
        return {
            "polls": sum(core.outlook.fastest.polls for core in self._polled()),
            "missed": sum(core.outlook.missed for core in cores),
            "dropped": sum(self._kept.polling.buffer.dropped.values()),
        }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    django.setup()
    uvloop.run(poll(int(sys.argv[1]), pushed="pushed" in sys.argv))
