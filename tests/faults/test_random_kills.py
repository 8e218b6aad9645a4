"""Workers die at random while miners are flashed over and over; the histories tell what happened.

RANDOM_KILLS names the size, miners x updates (10x20 is the long run, part of `make soak`);
RANDOM_KILLS_SEED repeats the draws of a run.
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet import sessions
from apps.fleet.models import Device, DeviceLease, Target
from apps.fleet.models.target import TERMINAL
from apps.fleet.orphans import targets_close_orphans
from apps.jobs.models import Job
from apps.jobs.transitions import FINAL
from apps.kernel.actor import Actor
from apps.miners.models import FirmwareImage
from apps.miners.simulator import SimulatedMiner
from apps.operations.tasks import MOST_DEATHS
from tests.support import factories
from tests.support.minersite import (
    A_DAY,
    MinerSite,
    entries_of,
    flash,
    image_of,
    is_over,
    miner_site,
    registered,
    standing,
)
from tests.support.nursery import Born, Nursery, nursery

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

MINERS, UPDATES = (int(part) for part in os.environ.get("RANDOM_KILLS", "3x3").split("x"))
SEED: Final = int(os.environ.get("RANDOM_KILLS_SEED") or random.SystemRandom().randrange(1 << 32))
WORKERS: Final = 2 + MINERS // 5
#: Between two kills (s).
PAUSE: Final = (0.5, 2.0)
#: Longest that one round of updates may take, with a lease that runs out after each death (s).
ROUND_SECONDS: Final = 90.0 + 15 * MINERS
VERSIONS: Final = ("2026-08-25-0-1a2b3c4d-26.08.1-plus", "2026-09-30-0-5e6f7a8b-26.09-plus")


class Round:
    """One update of every miner at once, under fire."""

    def __init__(self, home: Nursery, draw: random.Random) -> None:
        self.home, self.draw = home, draw
        self.kills = 0
        self.workers: list[Born] = [home.work() for _ in range(WORKERS)]

    def fight(self, jobs: list[UUID]) -> None:
        """Kill a worker every now and then until all jobs are over; each has a successor."""
        give_up, next_kill = time.monotonic() + ROUND_SECONDS, self._pause()
        while not all(is_over(job) for job in jobs):
            assert time.monotonic() < give_up, f"start value {SEED}: {standing()}"
            if time.monotonic() >= next_kill:
                self.workers.pop(self.draw.randrange(WORKERS)).kill()
                self.workers.append(self.home.work())
                self.kills, next_kill = self.kills + 1, self._pause()
            time.sleep(0.02)

    def _pause(self) -> float:
        return time.monotonic() + self.draw.uniform(*PAUSE)


@pytest.fixture
def site() -> Iterator[MinerSite]:
    with miner_site() as made:
        yield made
        sessions.stop()


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def pairs(site: MinerSite, tenant: Tenant, settings: Any) -> list[tuple[SimulatedMiner, Device]]:
    miners = [site.miner(number) for number in range(1, MINERS + 1)]
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": entries_of(*miners)})
    return [(miner, registered(tenant, miner)) for miner in miners]


def test_whoever_dies_no_device_is_flashed_twice_at_once_nor_without_an_intent(
    pairs: list[tuple[SimulatedMiner, Device]], tenant: Tenant, settings: Any
) -> None:
    print(f"random kills: {MINERS} miners x {UPDATES} updates, start value {SEED}")
    images = [image_of(tenant, version, size=2 << 20) for version in VERSIONS]
    engineer = factories.actor_of("engineer", tenant)
    networks = settings.CONFIG.device_networks
    jobs: list[UUID] = []
    with nursery(device_networks=networks, firmware_soak_seconds=0, device_lease_seconds=3) as home:
        fire = Round(home, random.Random(SEED))
        for number in range(UPDATES):
            begun = [begin(engineer, pair, images[number % 2]) for pair in pairs]
            fire.fight(begun)
            targets_close_orphans()
            jobs += begun
    assert fire.kills > 0
    print(f"{fire.kills} kills, {sum(job.deaths for job in Job.system.all())} deaths at work")
    require_honest_ends(jobs)
    for miner, device in pairs:
        require_one_at_a_time(miner)
        require_an_intent_each(miner, device)


def begin(engineer: Actor, pair: tuple[SimulatedMiner, Device], image: FirmwareImage) -> UUID:
    """An upgrade of a miner that has been up for a day."""
    miner, device = pair
    miner.state.run.booted = miner.state.clock.monotonic() - A_DAY
    return flash(engineer, device, image, older=True)


def require_honest_ends(jobs: list[UUID]) -> None:
    """Over, told once, and done; or put aside because too many workers died on it."""
    assert not Target.system.exclude(state__in=TERMINAL).exists(), standing()
    assert not DeviceLease.objects.filter(lease_until__gt=datetime.now().astimezone()).exists()
    for job in Job.system.filter(id__in=jobs):
        assert job.state in FINAL
        aside = job.state == "needs_human" and job.deaths == MOST_DEATHS - 1
        assert job.state == "succeeded" or aside, (SEED, job.state, job.failure_detail)
        assert AuditLog.system.filter(entry="outcome", job_id=job.id).count() == 1


def require_one_at_a_time(miner: SimulatedMiner) -> None:
    """Between the beginnings of two transfers the first one has come to its end."""
    is_open = False
    for entry in miner.state.history.entries():
        if entry["what"] == "upload_begun":
            assert not is_open, (SEED, miner.state.history.entries())
        if entry["what"] in ("upload_begun", "upload_failed", "image"):
            is_open = entry["what"] == "upload_begun"
    assert not is_open


def require_an_intent_each(miner: SimulatedMiner, device: Device) -> None:
    """Every transfer follows an intent of its own."""
    rows = AuditLog.system.filter(entry="transition", device_id=device.id, verdict="sending")
    intents = sorted(row.at for row in rows)
    begun = miner.state.history.entries("upload_begun")
    meant = [sum(at <= datetime.fromisoformat(str(one["at"])) for at in intents) for one in begun]
    assert all(meant), (SEED, "a transfer without an intent")
    assert len(set(meant)) == len(meant), (SEED, "two transfers for one intent", meant)
