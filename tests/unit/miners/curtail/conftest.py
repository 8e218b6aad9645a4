"""A hall of simulated miners that are read, told and looked after as the plane does it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet import sessions
from apps.fleet.models import Device, Shard
from apps.fleet.services import Reading, state_write_many, states_age
from apps.fleet.shardkeys import ShardKey
from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.client import MinerClient
from apps.miners.client.errors import ClientError
from apps.miners.curtail import reconciler
from apps.miners.models import CurtailedMiner, Curtailment
from apps.miners.poller.visit import reading
from apps.miners.seen import miner_seen
from apps.miners.simulator import SimulatedMiner
from apps.operations.steps import run_job
from tests.support.minersite import MinerSite, call, confirmed, entries_of, registered

PLACE = "/plant/hall/"
KEY = ShardKey("braiins", 0, 1)
#: Seconds that pass between two looks at the hall.
STEP = 10.0


class Hall:
    """Miners at one place. `truth` is what those that answer drew, by their own numbers."""

    def __init__(self, site: MinerSite, clock: ManualClock, tenant: Tenant, operator: Actor):
        self.site, self.clock, self.tenant, self.operator = site, clock, tenant, operator
        self.miners: list[SimulatedMiner] = []
        self.devices: list[Device] = []
        self.truth: dict[datetime, int] = {}
        self._clients: list[MinerClient] = []
        Shard.objects.update_or_create(driver=KEY.driver, number=0, defaults={"epoch": KEY.epoch})

    def fill(self, count: int, **fields: Any) -> None:
        """Miners of which each yields 1.5 % less than the one before for the same power."""
        for number in range(count):
            miner = self.site.miner(number + 1)
            miner.state.faults.hashrate = 1 - 0.015 * number
            device = registered(
                self.tenant, miner, name=f"miner-{number:02}", site_path=PLACE, **fields
            )
            self.site.run(self._connect(miner))
            self.miners.append(miner)
            self.devices.append(device)

    async def _connect(self, miner: SimulatedMiner) -> None:
        self._clients.append(MinerClient(miner.address, miner.ports.grpc, password="root"))

    def poll(self) -> None:
        """Read every miner once, as the poller does, and keep what was read."""
        found = self.site.run(self._read_all())
        state_write_many(KEY, [one for one in found if one is not None])
        states_age()

    async def _read_all(self) -> list[Reading | None]:
        both = zip(self.devices, self._clients, strict=True)
        return await asyncio.gather(*(self._read(*one) for one in both))

    async def _read(self, device: Device, client: MinerClient) -> Reading | None:
        try:
            stats, tuner = await client.stats(timeout=2), await client.tuning.state(timeout=2)
            details = await client.details(timeout=2)
        except ClientError:
            return None
        return reading(device, details, stats, tuner, clocks.now())

    def identify(self) -> None:
        """Keep what each miner is, as its first visit does."""
        for device, client in zip(self.devices, self._clients, strict=True):
            miner_seen(device, self.site.run(client.details()))

    def tick(self, times: int = 1) -> None:
        """Time goes on: the hall is read, the reconciler looks, and jobs that are due run."""
        for _ in range(times):
            self.clock.advance(STEP)
            self.poll()
            self.truth[self.clock.now()] = self.watts()
            reconciler.tick()
            for job_id in Job.system.filter(state__in=OPEN).values_list("id", flat=True):
                run_job(job_id)

    def until(self, condition: Any, most: int = 120) -> int:
        """Tick until it holds; gives how often that was."""
        for number in range(most):
            if condition():
                return number
            self.tick()
        raise AssertionError(f"not in {most} ticks; {self.standing()}")

    def watts(self) -> int:
        """What the miners that answer draw, by their own numbers."""
        return sum(one.state.watts() for one in self.miners if not one.state.faults.refuse)

    def standing(self) -> str:
        """How events and their miners stand, for messages."""
        events = [f"{one.state}: {one.sentence}" for one in Curtailment.system.all()]
        miners = CurtailedMiner.system.select_related("device")
        rows = [f"{one.device.name} {one.state} ({one.detail})" for one in miners]
        return f"{events} {rows}"

    def start(self, **data: Any) -> Curtailment:
        """A confirmed start at the hall."""
        fields = {"reason": data.pop("reason")} if "reason" in data else {}
        answer = confirmed(
            self.operator, "miners.curtailment.start", {"site": PLACE, **data}, **fields
        )
        assert answer.output is not None
        return Curtailment.system.get(id=answer.output["curtailment"])

    def stop(self, event: Curtailment) -> None:
        call(self.operator, "miners.curtailment.stop", {"curtailment": str(event.id)})

    def event(self, event: Curtailment) -> Curtailment:
        return Curtailment.system.get(id=event.id)

    def states(self, event: Curtailment) -> dict[str, str]:
        """By name of the miner."""
        rows = event.miners.order_by("id").values_list("device__name", "state")
        return dict(rows)

    def miner(self, name: str) -> SimulatedMiner:
        return self.miners[int(name.rpartition("-")[2])]


@pytest.fixture
def hall(
    site: MinerSite, clock: ManualClock, tenant: Tenant, operator: Actor, configure: Any
) -> Iterator[Hall]:
    made = Hall(site, clock, tenant, operator)

    def allow() -> None:
        configure(device_networks=entries_of(*made.miners))

    fill = made.fill

    def filled(count: int, **fields: Any) -> None:
        fill(count, **fields)
        allow()
        made.identify()
        made.poll()

    made.fill = filled  # type: ignore[method-assign]
    yield made
    sessions.stop()
