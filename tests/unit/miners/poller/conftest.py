"""A shard of miners that is really polled while a test looks on: real clock, committed rows."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet import sessions
from apps.fleet.hold import ShardHold
from apps.fleet.models import DeviceState
from apps.fleet.shardkeys import ShardKey
from apps.fleet.shards import epoch_next
from apps.kernel.partitions import ensure
from apps.kernel.valkey import valkey
from apps.miners.models.sample import SAMPLES
from apps.miners.poller import MinerPoller
from apps.miners.poller.times import Times
from apps.miners.simulator import SimulatedMiner
from tests.support import factories
from tests.support.engines import until
from tests.support.minersite import MinerSite, entries_of, miner_site

QUICK = Times(devices=0.2, flush=0.1, connect=0.5, first_pause=0.05, longest_pause=0.2)

Eventually = Callable[[Callable[[], Any]], None]


@pytest.fixture
def eventually() -> Eventually:
    def wait(condition: Callable[[], Any]) -> None:
        until(lambda: bool(condition()), 10, lambda: str(list(DeviceState.objects.values())))

    return wait


@pytest.fixture
def site() -> Iterator[MinerSite]:
    with miner_site() as made:
        yield made
        sessions.stop()


@pytest.fixture
def miner(site: MinerSite, configure: Any) -> SimulatedMiner:
    made = site.miner()
    configure(device_networks=entries_of(made), miner_poll_seconds=0.1, poller_shards=1)
    return made


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    ensure(SAMPLES)
    return factories.tenant()


class Shard:
    """One shard of miners; `key` is known before it is polled."""

    def __init__(self) -> None:
        self.key = epoch_next(ShardKey("braiins", 0))
        self.hold: ShardHold | None = None
        self._running: Future[bool] | None = None

    def poll(self, times: Times = QUICK) -> None:
        hold = self.hold = ShardHold(self.key, "test", beat_seconds=0.2)
        serving = hold.serve(MinerPoller(times))
        self._running = asyncio.run_coroutine_threadsafe(serving, sessions.loop())

    def stop(self) -> None:
        """As a worker that is going: what was read is stored."""
        if self._running is not None and self.hold is not None:
            sessions.loop().call_soon_threadsafe(self.hold.stop.set)
            assert self._running.result(10), "the shard was not free"
            self._running = None


@pytest.fixture
def shard(tenant: Tenant) -> Iterator[Shard]:
    valkey().flushdb()
    made = Shard()
    yield made
    made.stop()
    valkey().flushdb()
