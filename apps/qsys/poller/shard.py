"""Polls one shard of Cores: a poller each, one writer, and the ticks that tell of them."""

import asyncio
import gc
import random
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings

from apps.events.frames import publish_frames
from apps.fleet.models import Device
from apps.fleet.pollers import Shard
from apps.fleet.services import state_lost, state_write_many
from apps.kernel import clock
from apps.qsys import links
from apps.qsys.poller import rows
from apps.qsys.poller.core import STORE_AWAY, CorePoller
from apps.qsys.poller.grid import Grid
from apps.qsys.poller.losses import Losses
from apps.qsys.poller.metronome import Metronome
from apps.qsys.poller.pairs import PairWatch
from apps.qsys.poller.times import Times
from apps.qsys.telemetry import Buffer, Limits, Spill, Writer, metrics, spill_folder

#: How a Core is linked that has no row yet.
UNLINKED: Final = (0, False)
#: How long (s) one thread may keep the interpreter while another waits.
SWITCH_SECONDS: Final = 0.0005

log = structlog.get_logger(__name__)

Ran = tuple[CorePoller, asyncio.Task[None]]


class QsysPoller:
    """What fleet runs for each shard of Cores; holds no state between shards."""

    def __init__(self, times: Times | None = None, limits: Limits | None = None) -> None:
        self._times = times
        self._limits = limits

    async def run(self, shard: Shard) -> None:
        """Poll until `shard.stop` is set; what was seen until then is stored before it ends."""
        times = self._times or Times(push=settings.CONFIG.qsys_autopoll_seconds)
        await ShardPolling(shard, times, self._limits).run()


class ShardPolling:
    """One shard while it is polled."""

    def __init__(self, shard: Shard, times: Times, limits: Limits | None = None) -> None:
        self.buffer = Buffer(limits)
        self.cores: dict[UUID, CorePoller] = {}
        self._shard = shard
        self._times = times
        self._writer = Writer(self.buffer, times.writer, spill=Spill(spill_folder()))
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._marks: dict[UUID, tuple[object, ...]] = {}
        self._losses = Losses(times.lost)
        self._links: dict[UUID, tuple[int, bool]] = {}
        self._metronome = Metronome()
        self._rng = random.Random()  # noqa: S311 - spreads load, guards nothing

    async def run(self) -> None:
        """Until the shard is stopped."""
        # What is loaded by now lives as long as the process: a full collection that visits all
        # of it stops every Core's polls for a tenth of a second.
        gc.freeze()
        # The writer's thread packs without a pause; each time it has the interpreter, polls wait.
        sys.setswitchinterval(SWITCH_SECONDS)
        self._writer.start()
        ticks = [
            asyncio.create_task(self._every(self._times.devices, self._follow_devices)),
            asyncio.create_task(self._every(self._times.state, self._tell_states)),
            asyncio.create_task(self._every(self._times.values, self._flush)),
            asyncio.create_task(self._every(self._times.frame, self._send_frames)),
        ]
        try:
            await self._shard.stop.wait()
        finally:
            for tick in ticks:
                tick.cancel()
            await _to_its_end(self._put_down(ticks))

    async def _put_down(self, ticks: Sequence[asyncio.Task[None]]) -> None:
        """Close every connection, then store what is in memory, however long the store takes."""
        await asyncio.gather(*ticks, return_exceptions=True)
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        for core in self.cores.values():
            core.intake.flush_values()
            core.intake.flush_samples()
        stored = await asyncio.to_thread(self._writer.close)
        if not stored:
            log.error("shard ended with rows in memory", rows=len(self.buffer))

    async def _every(self, period: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` on a grid of its own; a store that is away costs this tick, not the shard."""
        grid = Grid(period, clock.monotonic())
        while True:
            await asyncio.sleep(grid.wait(clock.monotonic()))
            try:
                await work()
            except STORE_AWAY as error:
                log.warning("poller tick skipped", tick=work.__name__, error=str(error)[:300])
            grid.passed(clock.monotonic())

    # -- ticks

    async def _follow_devices(self) -> None:
        """Start and end pollers as devices come, go and change."""
        devices = {one.id: one for one in await self._shard.devices()}
        self._links = await self._shard.database(links.marks, list(devices.values()))
        for device_id in [one for one in self.cores if self._is_over(one, devices)]:
            await self._end(device_id)
        rules = await self._shard.database(rows.rules_of_all, list(devices.values()))
        for device in devices.values():
            if device.id not in self.cores:
                self._begin(device)
            self.cores[device.id].rewatch(rules[device.id])

    async def _tell_states(self) -> None:
        metrics.LAG.flush()
        metrics.RTT.flush()
        if not self._shard.held():
            return
        now, outlooks = clock.monotonic(), [core.outlook for core in self.cores.values()]
        metrics.UNREACHABLE.set(sum(1 for one in outlooks if one.tries))
        for one in outlooks:
            one.dropped = self.buffer.dropped_of[one.device_id]
            one.thinned = self.buffer.thinned_of[one.device_id]
        back = [one for one in outlooks if self._losses.is_back(one, now)]
        readings = [reading for one in back if (reading := one.reading())]
        if readings:
            await self._shard.database(state_write_many, self._shard.key, readings)
        lost = self._losses.told(outlooks, now)
        if lost:
            await self._shard.database(state_lost, self._shard.key, lost)

    async def _flush(self) -> None:
        before_us = int(clock.now().timestamp() * 1e6) - 500_000
        for core in self.cores.values():
            core.intake.flush_values()
            core.intake.flush_samples(before_us)

    async def _send_frames(self) -> None:
        cores = self.cores.values()
        frames = [
            one for core in cores if (one := core.intake.live.frame(core.outlook.answered_at))
        ]
        if frames:
            await asyncio.to_thread(publish_frames, frames)

    # -- devices

    def _begin(self, device: Device) -> None:
        core = CorePoller(device, self._shard, self.buffer, self._times, self._rng, self._metronome)
        self.cores[device.id] = core
        self._marks[device.id] = self._mark(device)
        self._running[device.id] = asyncio.create_task(self._polled(core))

    async def _polled(self, core: CorePoller) -> None:
        """Poll a Core, and watch both of a pair."""
        _, is_pair = self._links.get(core.device.id, UNLINKED)
        if not is_pair:
            await core.run()
            return
        watch = PairWatch(core.device, self._shard, self._times, self._rng, core.serve)
        async with asyncio.TaskGroup() as works:
            works.create_task(core.run())
            works.create_task(watch.run())

    async def _end(self, device_id: UUID) -> None:
        core = self.cores.pop(device_id)
        task = self._running.pop(device_id)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        core.intake.flush_values()
        core.intake.flush_samples()
        self._losses.forget(device_id)

    def _is_over(self, device_id: UUID, devices: dict[UUID, Device]) -> bool:
        """Gone, edited in a way that matters here, or ended by a mistake of ours."""
        device = devices.get(device_id)
        if device is None or self._marks[device_id] != self._mark(device):
            return True
        return self._running[device_id].done()

    def _mark(self, device: Device) -> tuple[object, ...]:
        """What a poller is begun with, and anew when it changes."""
        ports = str(sorted(device.ports.items()))
        link = self._links.get(device.id, UNLINKED)
        return (device.address, ports, device.site_path, device.tenant_id, link)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for `work` even when cancelled meanwhile: what it does must not be cut short."""
    task = asyncio.create_task(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
