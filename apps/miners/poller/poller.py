"""The poller of one shard of miners: keeps one visit a device, and writes what they bring."""

import asyncio
from contextlib import suppress
from typing import Final
from uuid import UUID

from django.conf import settings

from apps.fleet.hold import ShardHold
from apps.fleet.models import Device
from apps.kernel.partitions import ensure
from apps.miners.models.sample import SAMPLES
from apps.miners.poller.harvest import Harvest, store
from apps.miners.poller.visit import Visit

#: Seconds between two looks at which devices there are.
DEVICES_SECONDS: Final = 5.0
FLUSH_SECONDS: Final = 1.0


class MinerPoller:
    """Polls every miner of a shard, each at its own phase of the period."""

    async def run(self, shard: ShardHold) -> None:
        """Poll until `shard.stop` is set; what was read by then is stored."""
        harvest = Harvest()
        await shard.database(ensure, SAMPLES)
        visits = _Visits(harvest, settings.CONFIG.miner_poll_seconds)
        writing = asyncio.create_task(_write(shard, harvest))
        try:
            while not shard.stop.is_set():
                visits.follow(await shard.devices())
                with suppress(TimeoutError):
                    await asyncio.wait_for(shard.stop.wait(), DEVICES_SECONDS)
        finally:
            await visits.end()
            writing.cancel()
            await shard.database(store, shard.key, harvest.take())


async def _write(shard: ShardHold, harvest: Harvest) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        if shard.held():
            await shard.database(store, shard.key, harvest.take())


class _Visits:
    """The running visits, by device; an edited device is visited anew."""

    def __init__(self, harvest: Harvest, period: float) -> None:
        self._harvest = harvest
        self._period = period
        self._running: dict[UUID, tuple[object, asyncio.Task[None]]] = {}

    def follow(self, devices: list[Device]) -> None:
        """Start, restart and end visits, so that they are those of `devices`."""
        wanted = {device.id: device for device in devices}
        for device_id, (mark, task) in list(self._running.items()):
            if device_id not in wanted or mark != _mark(wanted[device_id]) or task.done():
                task.cancel()
                del self._running[device_id]
        for device_id, device in wanted.items():
            if device_id not in self._running:
                visit = Visit(device, self._harvest, self._period)
                self._running[device_id] = (_mark(device), asyncio.create_task(visit.run()))

    async def end(self) -> None:
        """End all visits and wait for them."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mark(device: Device) -> object:
    """What makes a running visit outdated."""
    return device.address, str(device.ports), device.name
