"""Writes of miners run over many as a rollout, and are taken back by its rollback."""

from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.fleet.models.rollout import Phase, PhaseState, Rollout
from apps.fleet.rollouts import controller
from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.simulator import SimulatedMiner
from apps.operations.steps import run_job
from tests.support.minersite import MinerSite, call, entries_of, registered

ALL = {"name": "all", "concurrency": 10}
POOLS = [{"pools": [{"url": "stratum+tcp://x.example:1", "user": "acme.{serial}"}]}]


@pytest.fixture
def pair(site: MinerSite, configure: Any, tenant: Tenant) -> list[tuple[SimulatedMiner, Device]]:
    miners = [site.miner(number) for number in (1, 2)]
    configure(device_networks=entries_of(*miners))
    return [(miner, registered(tenant, miner)) for miner in miners]


def start(actor: Actor, rollout: str) -> None:
    """Start it; what disturbs is confirmed first."""
    data, key = {"rollout": rollout}, f"start {rollout}"
    asked = call(actor, "fleet.rollout.start", data, key=key)
    if asked.confirmation:
        call(actor, "fleet.rollout.start", data, key=key, confirmation=asked.confirmation)


def finished(actor: Actor, rollout: str, clock: ManualClock) -> str:
    """Ticks and works until the rollout is over, past its look at the canary; its state."""
    for _ in range(40):
        controller.tick()
        for job_id in Job.system.filter(state__in=OPEN).values_list("id", flat=True):
            Job.system.filter(id=job_id).update(wake_at=clocks.now())
            run_job(job_id)
        clock.advance(60.0)
        state = Rollout.system.get(id=UUID(rollout)).state
        if state in ("succeeded", "failed", "cancelled"):
            return state
        if Phase.objects.filter(rollout_id=rollout, state=PhaseState.GATE).exists():
            call(actor, "fleet.rollout.advance", {"rollout": rollout}, key=str(clocks.now()))
    row = Rollout.system.get(id=UUID(rollout))
    return f"{row.state}: {row.sentence} {list(row.members.values_list('state', 'detail'))}"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("miners.pools.set", {"groups": POOLS}),
        ("miners.power.set", {"watts": 2500}),
        ("miners.board.switch", {"boards": ["3"], "on": False}),
    ],
)
def test_many_are_changed_and_brought_back(
    pair: list[tuple[SimulatedMiner, Device]],
    engineer: Actor,
    clock: ManualClock,
    operation: str,
    given: dict[str, Any],
) -> None:
    before = [settings(miner) for miner, _ in pair]
    made = call(
        engineer,
        "fleet.rollout.create",
        {
            "name": "Spring",
            "operation": operation,
            "input": given,
            "devices": [device.name for _, device in pair],
            "phases": [ALL],
        },
        key="create",
    ).output
    assert made is not None
    start(engineer, made["rollout"])
    assert finished(engineer, made["rollout"], clock) == "succeeded"
    changed = [settings(miner) for miner, _ in pair]
    assert all(now != then for now, then in zip(changed, before, strict=True))
    if operation == "miners.pools.set":
        assert [users(miner) for miner, _ in pair] == [
            [f"acme.{device.serial}"] for _, device in pair
        ]
    data = {"rollout": made["rollout"]}
    back = call(engineer, "fleet.rollout.rollback", data, key="back").output
    assert back is not None
    start(engineer, back["rollout"])
    assert finished(engineer, back["rollout"], clock) == "succeeded"
    assert [settings(miner) for miner, _ in pair] == before


def users(miner: SimulatedMiner) -> list[str]:
    return [pool.user for group in miner.state.settings.pool_groups for pool in group.pools]


def settings(miner: SimulatedMiner) -> tuple[Any, ...]:
    return users(miner), miner.state.target_watts(), sorted(miner.state.settings.boards_off)
