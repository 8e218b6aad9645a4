"""The poller process of the miners' bench, asked by lines on its input."""

import asyncio
import json
import os
import sys
import time
from typing import Any

import django
import uvloop


async def poll(miners: int) -> None:
    """Poll shard 0 until the input ends; `mark` starts a window, `figures` tells of it."""
    from apps.fleet.hold import ShardHold
    from apps.fleet.shardkeys import ShardKey
    from apps.fleet.shards import epoch_next
    from apps.miners.poller import MinerPoller

    key = await asyncio.to_thread(epoch_next, ShardKey("braiins", 0))
    hold = ShardHold(key, "bench")
    serving = asyncio.create_task(hold.serve(MinerPoller()))
    began, cpu = 0.0, 0.0
    while question := (await asyncio.to_thread(sys.stdin.readline)).strip():
        answer: dict[str, Any] = {}
        if question == "ready":
            await _all_are_read(miners, serving)
        elif question == "mark":
            began, cpu = time.monotonic(), time.process_time()
        else:
            answer = {"took": time.monotonic() - began, "cpu": time.process_time() - cpu}
        print(json.dumps(answer), flush=True)
    hold.stop.set()
    await serving


async def _all_are_read(miners: int, serving: asyncio.Task[None]) -> None:
    """Wait until each miner was read once; raises SystemExit when the shard is lost."""
    from apps.miners.models import Miner

    def count() -> int:
        return Miner.system.filter(parts_at__isnull=False).count()

    while await asyncio.to_thread(count) < miners:
        if serving.done():
            raise SystemExit("The shard was lost: the machine is too busy for this bench.")
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    django.setup()
    uvloop.run(poll(int(sys.argv[1])))
