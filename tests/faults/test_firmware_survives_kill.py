"""A worker is killed at every point of an upgrade; another one takes over and asks first."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet import sessions
from apps.fleet.models import Device, DeviceLease
from apps.fleet.targets import holder_of
from apps.jobs.claims import lapsed
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.crashpoints import KILLED
from apps.miners.models import FirmwareImage
from apps.miners.simulator import SimulatedMiner, inject
from apps.operations.tasks import take_up
from tests.support import factories
from tests.support.miners import NEW_VERSION
from tests.support.minersite import (
    MinerSite,
    entries_of,
    flash,
    image_of,
    images_taken,
    job_of,
    miner_site,
    registered,
    state_of,
    states_of,
    work,
)
from tests.support.nursery import Nursery, nursery

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

POINTS = (
    "queued",
    "preflight",
    "ready",
    "sending",
    "chunk",
    "pushed",
    "sent",
    "rebooting",
    "verifying",
    "committed",
    "succeeded",
)
#: Points after which the miner has to be asked before anything else is believed.
ASKED = frozenset({"sending", "chunk", "pushed", "sent", "rebooting", "verifying", "committed"})
#: Points at which the miner has its image already.
TAKEN = frozenset({"pushed", "sent", "rebooting", "verifying", "committed", "succeeded"})


@pytest.fixture
def site() -> Iterator[MinerSite]:
    with miner_site() as made:
        yield made
        sessions.stop()


@pytest.fixture
def miner(site: MinerSite, settings: Any) -> SimulatedMiner:
    made = site.miner()
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": entries_of(made)})
    return made


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def device(tenant: Tenant, miner: SimulatedMiner) -> Device:
    return registered(tenant, miner)


@pytest.fixture(scope="module")
def home(django_db_setup: None) -> Iterator[Nursery]:
    with nursery(firmware_soak_seconds=0) as made:
        yield made


@pytest.fixture(autouse=True)
def where(home: Nursery, miner: SimulatedMiner) -> None:
    home.config["device_networks"] = entries_of(miner)


def leases_run_out() -> None:
    """What time would do: the dead worker's holds on job and device end."""
    past = clock.now() - timedelta(seconds=1)
    Job.system.exclude(lease_until=None).update(lease_until=past)
    DeviceLease.objects.exclude(lease_until=None).update(lease_until=past)
    for job in lapsed():
        take_up(job)


def intents(job_id: UUID) -> int:
    return states_of(job_id).count("sending")


def upgrade(tenant: Tenant, device: Device, image: FirmwareImage) -> UUID:
    return flash(factories.actor_of("engineer", tenant), device, image)


@pytest.mark.parametrize("point", POINTS)
def test_another_worker_brings_it_to_its_end(
    point: str, home: Nursery, miner: SimulatedMiner, device: Device, tenant: Tenant
) -> None:
    job_id = upgrade(tenant, device, image_of(tenant, size=3 << 20))
    assert home.steps(job_id, crash_at=f"miners.firmware.{point}").wait() == KILLED
    assert job_of(job_id).state == "running"
    assert images_taken(miner) == int(point in TAKEN)
    before = states_of(job_id)
    leases_run_out()
    assert home.steps(job_id).wait() == 0
    assert (job_of(job_id).state, state_of(job_id)) == ("succeeded", "succeeded")
    after = states_of(job_id)[len(before) :]
    assert (after[:1] == ["reconciling"]) is (point in ASKED)
    assert images_taken(miner) <= intents(job_id)
    assert images_taken(miner) == 1
    assert miner.state.version == NEW_VERSION
    assert AuditLog.system.filter(entry="outcome", job_id=job_id).count() == 1
    assert holder_of(device) is None


@pytest.mark.parametrize(
    ("fault", "point", "end", "sent"),
    [
        ({"fault": "drop_upload", "at": 1 << 20}, "reconciling", "succeeded", 2),
        ({"fault": "old_version"}, "failed", "failed", 1),
        ({"fault": "reboot"}, "ready", "succeeded", 1),
    ],
)
def test_another_worker_brings_trouble_to_its_end(
    fault: dict[str, Any],
    point: str,
    end: str,
    sent: int,
    site: MinerSite,
    home: Nursery,
    miner: SimulatedMiner,
    device: Device,
    tenant: Tenant,
) -> None:
    job_id = upgrade(tenant, device, image_of(tenant, size=3 << 20))
    site.run(inject(miner, fault))
    assert home.steps(job_id, crash_at=f"miners.firmware.{point}").wait() == KILLED
    leases_run_out()
    assert home.steps(job_id).wait() == 0
    assert (job_of(job_id).state, state_of(job_id)) == (end, end)
    assert (images_taken(miner), intents(job_id)) == (1, sent)
    assert AuditLog.system.filter(entry="outcome", job_id=job_id).count() == 1
    assert holder_of(device) is None


def test_the_end_of_a_miner_that_had_it_already_is_told_by_another_worker(
    home: Nursery, miner: SimulatedMiner, device: Device, tenant: Tenant
) -> None:
    job_id = upgrade(tenant, device, image_of(tenant))
    miner.state.version = NEW_VERSION
    assert home.steps(job_id, crash_at="miners.firmware.already_done").wait() == KILLED
    leases_run_out()
    assert home.steps(job_id).wait() == 0
    assert (job_of(job_id).state, state_of(job_id)) == ("succeeded", "already_done")
    assert (images_taken(miner), intents(job_id)) == (0, 0)


def test_killed_for_real_in_the_middle_of_the_transfer(
    site: MinerSite, home: Nursery, miner: SimulatedMiner, device: Device, tenant: Tenant
) -> None:
    job_id = upgrade(tenant, device, image_of(tenant, size=16 << 20))
    history = miner.state.history

    def hang_in_transfer(give_up: float) -> None:
        while not history.entries("upload_begun"):
            assert time.monotonic() < give_up, "the transfer never began"
            time.sleep(0.002)
        site.fault(miner, "hang", methods=["SystemUpgrade"])

    first = home.steps(job_id)
    hang_in_transfer(time.monotonic() + 30)
    first.kill()
    site.heal(miner)
    work(lambda: history.entries("upload_failed"), seconds=10)
    assert (state_of(job_id), images_taken(miner)) == ("sending", 0)
    leases_run_out()
    assert home.steps(job_id).wait() == 0
    assert (job_of(job_id).state, images_taken(miner), intents(job_id)) == ("succeeded", 1, 2)
