"""Watches both Cores of a redundant pair, besides the poller of the one that serves."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import redis
import structlog
from django.db import DatabaseError, InterfaceError

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.fleet.pollers import Shard
from apps.kernel import clock
from apps.kernel.errors import Failure
from apps.qsys.client import EngineStatus, QsysError, delays
from apps.qsys.dial import open_end
from apps.qsys.errors import ERRORS, failure_of
from apps.qsys.links import link_of
from apps.qsys.models import Pairing, Side
from apps.qsys.pairs import EndNow, active_of, pair_keep, verdict_on
from apps.qsys.poller.slots import clean
from apps.qsys.poller.times import Times

#: What may go wrong with an end, or with our own stores on the way to it.
TROUBLE: Final = (*ERRORS, Failure, DatabaseError, InterfaceError, redis.RedisError)

log = structlog.get_logger(__name__)


class PairWatch:
    """One pair. `serving` is told which side serves, at every look at a settled pair."""

    def __init__(
        self,
        device: Device,
        hold: Shard,
        times: Times,
        rng: random.Random,
        serving: Callable[[str], None],
    ) -> None:
        self._device = device
        self._hold = hold
        self._times = times
        self._rng = rng
        self._serving = serving
        self._ends: dict[str, EndNow] = {}
        self._news = asyncio.Event()
        self._kept: tuple[object, ...] = ()
        self._verdict: Pairing | None = None
        self._since = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as works:
            for side in Side:
                works.create_task(self._watch(side.value))
            works.create_task(self._judge())

    # -- one end

    async def _watch(self, side: str) -> None:
        pauses = self._pauses()
        while True:
            try:
                await self._listen(side)
            except TROUBLE as error:
                self._heard(EndNow(side, reason=clean(_words(error))[:300]))
            if self._ends[side].state:
                pauses = self._pauses()
            await asyncio.sleep(next(pauses))

    def _pauses(self) -> Any:
        return delays(self._times.backoff_first, self._times.backoff_most, rng=self._rng)

    async def _listen(self, side: str) -> None:
        """Hear one end's engine status, pushed and asked for, until the connection fails."""
        address = await sessions.address(self._device, timeout=self._times.connect)
        link = link_of(address)
        end = next(one for one in link.ends if one.side == side)
        told = partial(self._told, side)
        line = await open_end(link, end, timeout=self._times.connect, on_status=told)
        try:
            while True:
                self._told(side, await line.qrc.status(timeout=self._times.answer))
                try:
                    await asyncio.wait_for(line.qrc.closed.wait(), self._times.heartbeat)
                except TimeoutError:
                    continue
        finally:
            await asyncio.shield(line.qrc.close())

    def _told(self, side: str, status: EngineStatus) -> None:
        self._heard(EndNow(side, clean(status.state)[:20], clean(status.design_code)[:40]))

    def _heard(self, end: EndNow) -> None:
        if self._ends.get(end.side) != end:
            self._ends[end.side] = end
            self._news.set()

    # -- both

    async def _judge(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._look_again())
            self._news.clear()
            if len(self._ends) == len(Side):
                await self._conclude([self._ends[side.value] for side in Side])

    def _look_again(self) -> float:
        """Seconds until a verdict has stood long enough, or until the next heartbeat."""
        left = self._since + self._times.pair - clock.monotonic()
        return min(left, self._times.heartbeat) if left > 0 else self._times.heartbeat

    async def _conclude(self, ends: list[EndNow]) -> None:
        """Keep what is known; trouble is told once it has stood for `times.pair`."""
        verdict = verdict_on(*ends)
        if verdict is not self._verdict:
            self._verdict, self._since = verdict, clock.monotonic()
        stands = clock.monotonic() - self._since >= self._times.pair
        settled = verdict if stands or verdict is Pairing.NORMAL else None
        await self._keep(ends, settled)
        if side := active_of(ends):
            self._serving(side)

    async def _keep(self, ends: list[EndNow], verdict: Pairing | None) -> None:
        known = (*ends, verdict)
        if known == self._kept or not self._hold.held():
            return
        try:
            await self._hold.database(pair_keep, self._device, ends, verdict)
        except (DatabaseError, InterfaceError) as error:
            log.warning("pair not kept", device=str(self._device.id), error=str(error)[:300])
        else:
            self._kept = known


def _words(error: Exception) -> str:
    if isinstance(error, QsysError):
        return failure_of(error, changing=False).detail  # type: ignore[arg-type]  # one of ERRORS
    return error.detail if isinstance(error, Failure) else f"a store of ours is away: {error}"
