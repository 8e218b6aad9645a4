"""The poller of one shard of miners: keeps one visit a device, and writes what they bring."""

import asyncio
from contextlib import suppress
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from apps.events.frames import publish_frame
from apps.fleet.models import Device
from apps.fleet.pollers import Shard
from apps.kernel.partitions import ensure
from apps.miners.models.sample import SAMPLES
from apps.miners.poller.harvest import Harvest, store
from apps.miners.poller.times import TIMES, Times
from apps.miners.poller.visit import Visit

log = structlog.get_logger(__name__)


class MinerPoller:
    """Polls every miner of a shard, each at its own phase of the period."""

    def __init__(self, times: Times = TIMES) -> None:
        self._times = times

    async def run(self, shard: Shard) -> None:
        """Poll until `shard.stop` is set; what was read by then is stored."""
        harvest = Harvest()
        await shard.database(ensure, SAMPLES)
        visits = _Visits(harvest, settings.CONFIG.miner_poll_seconds, self._times)
        writing = asyncio.create_task(_write(shard, harvest, self._times.flush))
        try:
            while not shard.stop.is_set():
                await _follow(shard, visits)
                await _pause(shard, self._times.devices)
        finally:
            await visits.end()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await _flush(shard, harvest)


async def _follow(shard: Shard, visits: "_Visits") -> None:
    """Visit the devices there are now; the ones of before while the database is away."""
    try:
        visits.follow(await shard.devices())
    except (DatabaseError, InterfaceError) as error:
        log.warning("devices not read", shard=str(shard.key), error=str(error))


async def _write(shard: Shard, harvest: Harvest, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        if shard.held():
            await _flush(shard, harvest)


async def _flush(shard: Shard, harvest: Harvest) -> None:
    """Store what there is; a database that is away gets it the next time.

    A load that cannot be stored for any other reason is dropped: it must not stop the next.
    """
    load = harvest.take()
    try:
        if load.frames:
            await asyncio.to_thread(lambda: [publish_frame(one) for one in load.frames.values()])
        await shard.database(store, shard.key, load)
    except (OperationalError, InterfaceError) as error:
        log.warning("readings not stored", shard=str(shard.key), error=str(error))
        harvest.give_back(load)
    except asyncio.CancelledError:
        harvest.give_back(load)
        raise
    except Exception:  # the poller goes on whatever one load was
        log.exception("readings dropped", shard=str(shard.key))


async def _pause(shard: Shard, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(shard.stop.wait(), seconds)


class _Visits:
    """The running visits, by device; an edited device is visited anew."""

    def __init__(self, harvest: Harvest, period: float, times: Times) -> None:
        self._harvest = harvest
        self._times = times
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
                visit = Visit(device, self._harvest, self._period, self._times)
                self._running[device_id] = (_mark(device), asyncio.create_task(visit.run()))

    async def end(self) -> None:
        """End all visits and wait for them."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mark(device: Device) -> object:
    """What makes a running visit outdated; the place decides who may see its frames."""
    return device.address, str(device.ports), device.name, device.serial, device.site_path
