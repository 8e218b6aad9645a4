"""A shard as its poller has it: leased, renewed each second, given up when in doubt."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

import redis
import structlog
from django.db import close_old_connections, connections

from apps.fleet import beats
from apps.fleet.drain import DRAIN
from apps.fleet.models import Device, DeviceStatus
from apps.fleet.pollers import Poller
from apps.fleet.shardkeys import DELETE, EXTEND, LEASE_MS, ShardKey
from apps.kernel import clock
from apps.kernel.valkey import valkey

T = TypeVar("T")

#: Seconds a poller has to put its work down before it is cancelled.
PUT_DOWN_SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


class ShardHold:
    """One shard, held by this task until `stop` is set.

    `key` is the fence that goes into every write of state.
    """

    def __init__(
        self,
        key: ShardKey,
        task_id: str,
        *,
        lease_ms: int = LEASE_MS,
        beat_seconds: float = 1.0,
        drained: Callable[[], bool] = DRAIN.is_set,
    ) -> None:
        self.key = key
        self.stop = asyncio.Event()
        self._value = f"{key.epoch}:{task_id}"
        self._lease_ms = lease_ms
        self._beat_seconds = beat_seconds
        self._drained = drained
        self._valid_until = 0.0
        # One thread, so that one connection to the database serves the whole shard; and one
        # besides, so that a slow database does not cost the lease.
        name = f"shard-{key.driver}-{key.number}"
        self._rows = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._beats = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-lease")

    @property
    def driver(self) -> str:
        """The name of the devices' driver."""
        return self.key.driver

    @property
    def number(self) -> int:
        """Which of the driver's shards."""
        return self.key.number

    @property
    def epoch(self) -> int:
        """The fence of this hold."""
        return self.key.epoch

    def held(self) -> bool:
        """Whether this task may still write; false as well after it was frozen for too long."""
        return not self.stop.is_set() and clock.monotonic() < self._valid_until

    async def devices(self) -> list[Device]:
        """The shard's devices in operation, as they are now."""
        return await self.database(self._devices)

    async def database(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run synchronous work on rows in the shard's own thread."""
        return await asyncio.get_running_loop().run_in_executor(
            self._rows, _with_connection, work, arguments
        )

    async def serve(self, poller: Poller) -> bool:
        """Take the lease, poll until it is over, give it up; False when it was not free."""
        if not await self._valkey(self._take):
            self._end_threads()
            return False
        renewing = asyncio.create_task(self._renew())
        try:
            await self._poll(poller)
        finally:
            self.stop.set()
            renewing.cancel()
            await asyncio.shield(self._give_up())
        return True

    async def _poll(self, poller: Poller) -> None:
        polling = asyncio.create_task(poller.run(self))
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait((polling, stopped), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((polling,), timeout=PUT_DOWN_SECONDS)
        finally:
            stopped.cancel()
            polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling

    async def _renew(self) -> None:
        try:
            while self.held():
                await asyncio.sleep(self._beat_seconds)
                if not await self._renewed():
                    break
        finally:
            self.stop.set()

    async def _renewed(self) -> bool:
        """Whether to go on; while Valkey is away the lease itself says how long."""
        try:
            return await self._valkey(self._extend)
        except redis.RedisError as error:
            log.warning("shard not renewed", shard=str(self.key), error=str(error))
            return True

    async def _give_up(self) -> None:
        try:
            await self._valkey(self._release)
        except redis.RedisError as error:
            log.warning("shard not released", shard=str(self.key), error=str(error))
        await self.database(connections.close_all)
        self._end_threads()

    def _end_threads(self) -> None:
        self._rows.shutdown(wait=False)
        self._beats.shutdown(wait=False)

    async def _valkey(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._beats, work)

    # -- in the shard's threads

    def _take(self) -> bool:
        asked = clock.monotonic()
        if not valkey().set(self.key.lease, self._value, nx=True, px=self._lease_ms):
            return False
        self._valid_until = asked + self._lease_ms / 1000
        beats.write(self.key)
        return True

    def _extend(self) -> bool:
        """A lost lease, a stop flag and a going worker all mean: stop at once."""
        asked = clock.monotonic()
        client = valkey()
        if not client.eval(EXTEND, 1, self.key.lease, self._value, self._lease_ms):
            log.warning("shard lost", shard=str(self.key))
            return False
        self._valid_until = asked + self._lease_ms / 1000
        beats.write(self.key)
        return not (self._drained() or client.exists(self.key.stop))

    def _release(self) -> None:
        valkey().eval(DELETE, 1, self.key.lease, self._value)
        beats.forget(self.key)

    def _devices(self) -> list[Device]:
        rows = Device.system.filter(
            driver=self.driver, shard=self.number, status=DeviceStatus.ACTIVE
        )
        return list(rows.select_related("site").order_by("id"))


def _with_connection(work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    close_old_connections()
    return work(*arguments)
