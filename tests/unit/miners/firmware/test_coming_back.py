"""A miner that vanished comes back too late, or somewhere else."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import JobLog
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.client import MinerClient
from apps.miners.firmware import attempt
from apps.miners.late import results_note
from apps.miners.seen import miner_seen
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support.miners import NEW_VERSION, own_address
from tests.support.minersite import (
    MinerSite,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    states_of,
    target_of,
    work,
)


@pytest.fixture(autouse=True)
def impatient(configure: Any, monkeypatch: Any) -> None:
    configure(firmware_reboot_seconds=20, firmware_verify_seconds=20)
    monkeypatch.setattr(attempt, "LOOK_SECONDS", 0.2)


@pytest.mark.parametrize(("fault", "version"), [("", NEW_VERSION), ("old_version", FIRMWARE)])
def test_after_its_deadline_it_is_noted_and_no_verdict_flips(
    fault: str,
    version: str,
    site: MinerSite,
    clock: ManualClock,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
) -> None:
    if fault:
        site.fault(miner, fault)
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=clock)
    site.fault(miner, "mute")
    work(lambda: is_over(job_id), clock=clock)
    before = states_of(job_id)
    assert before[-1] == "timed_out"
    site.heal(miner, "mute")
    work(lambda: miner.is_open and miner.state.version == version)
    details = details_of(site, miner)
    assert miner_seen(device, details)
    assert [results_note({device.id: details.version}) for _ in range(2)] == [1, 0]
    (line,) = JobLog.objects.filter(job_id=job_id, message__startswith="Late result")
    assert version in line.message
    assert (job_of(job_id).state, job_of(job_id).failure_code) == ("failed", "timeout")
    assert (target_of(job_id).state, states_of(job_id)) == ("timed_out", before)
    assert dict(target_of(job_id).device_after or {})["version"] == version
    assert Device.system.get(id=device.id).firmware == version
    assert AuditLog.system.filter(entry="outcome", job_id=job_id).count() == 1


def details_of(site: MinerSite, miner: SimulatedMiner) -> Any:
    """What the poller would read of it."""

    async def ask() -> Any:
        client = MinerClient(miner.address, miner.ports.grpc, password="root")
        try:
            return await client.details()
        finally:
            await client.close()

    return site.run(ask())


def test_at_another_address_it_is_found_once_that_is_known(
    site: MinerSite,
    clock: ManualClock,
    configure: Any,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
) -> None:
    there = own_address(2)
    old = miner.address
    configure(device_networks=(f"{old}:{miner.ports.grpc}", f"{there}:{miner.ports.grpc}"))
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=clock)
    work(lambda: miner.state.version == NEW_VERSION and miner.is_open)
    site.run(moved(miner, there))
    work(lambda: state_of(job_id) == "reconciling", clock=clock)
    assert miner.address == there
    Device.system.filter(id=device.id).update(address=there)
    work(lambda: is_over(job_id), clock=clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)


async def moved(miner: SimulatedMiner, address: str) -> None:
    """It is at another address from now on."""
    await miner.refuse()
    miner.state.address = address
    await miner.accept()
