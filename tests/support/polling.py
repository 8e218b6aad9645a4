"""Cores that are really polled in a test: a simulator, a held shard, rows that commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from apps.fleet.hold import ShardHold
from apps.fleet.models import Device, DeviceState
from apps.fleet.shardkeys import ShardKey
from apps.fleet.shards import epoch_next
from apps.qsys.models import CoreEnd, Side
from apps.qsys.poller import QsysPoller, Times
from apps.qsys.poller.rows import core_ensure
from apps.qsys.simulator import CoreHost, Pair
from apps.qsys.telemetry import Limits, WriterTimes
from tests.support import factories

T = TypeVar("T")

#: Short, but long enough for a loaded machine.
QUICK = Times(
    connect=2.0,
    answer=0.6,
    topology=5.0,
    heartbeat=0.2,
    lost=0.3,
    pair=0.4,
    backoff_first=0.05,
    backoff_most=0.2,
    devices=0.2,
    state=0.1,
    frame=0.05,
    values=0.1,
    writer=WriterTimes(flush=0.02, retry=0.05, retry_most=0.2, patience=5.0),
)


async def rows(work: Callable[[], T]) -> T:
    """What `work` reads or writes, in a thread whose connection is not kept."""

    def apart() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(apart)


async def eventually(work: Callable[[], T], deadline: float = 8.0) -> T:
    """The first truthy answer of `work` on the database, within `deadline` seconds."""
    last: Any = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(deadline):
            while not (last := await rows(work)):  # noqa: ASYNC110  rows have no event
                await asyncio.sleep(0.02)
            return last
    raise AssertionError(f"still {last!r} after {deadline} s")


def allow(*hosts: CoreHost) -> None:
    """Put exactly these simulators on the allow-list; `settings` of pytest-django undoes it."""
    entries = tuple(f"{one.address}/32:{'|'.join(map(str, one.ports.values()))}" for one in hosts)
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": entries})


def registered(host: CoreHost, **fields: Any) -> Device:
    """A device row for a simulator, with its state row, in shard 0."""
    device = factories.device(address=host.address, ports=dict(host.ports), shard=0, **fields)
    DeviceState.objects.create(device=device)
    return device


def paired(pair: Pair, **fields: Any) -> Device:
    """A device row for the first Core of a pair that knows of the second."""
    first, second = pair.hosts
    device = registered(first, **fields)
    core_ensure(device)
    CoreEnd.objects.create(
        device=device, side=Side.PARTNER, address=second.address, ports=dict(second.ports)
    )
    return device


class Polling:
    """A shard of Cores while a test looks on."""

    def __init__(self, hold: ShardHold, task: asyncio.Task[bool]) -> None:
        self.hold = hold
        self._task = task

    async def drain(self) -> None:
        """Stop as a worker that goes does, and wait for the end."""
        self.hold.stop.set()
        await self._task


@contextlib.asynccontextmanager
async def polling(times: Times = QUICK, limits: Limits | None = None) -> AsyncIterator[Polling]:
    """Poll shard 0 of the driver until the end of the block."""
    key = await rows(lambda: epoch_next(ShardKey("qsys", 0)))
    hold = ShardHold(key, "test", beat_seconds=0.2)
    task = asyncio.create_task(hold.serve(QsysPoller(times, limits)))
    try:
        yield Polling(hold, task)
    finally:
        hold.stop.set()
        assert await task, "the shard was not free"


@contextlib.contextmanager
def outage() -> Iterator[None]:
    """The database lets nobody in and has thrown out everybody but this thread."""
    options = {**connection.get_connection_params(), "dbname": "postgres", "autocommit": True}
    options = {name: options[name] for name in ("dbname", "user", "host", "autocommit")}
    ours = connection.connection.info.backend_pid if connection.connection else 0
    with psycopg.connect(**options) as beside:
        name = sql.Identifier(connection.settings_dict["NAME"])
        beside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        beside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> %s",
            [connection.settings_dict["NAME"], ours],
        )
        try:
            yield
        finally:
            beside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
