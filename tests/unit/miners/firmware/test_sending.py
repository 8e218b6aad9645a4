"""What can happen while an image is on its way, and what is believed afterwards."""

from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from typing import Any

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support.miners import NEW_VERSION
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

RETRIED = ["preflight", "ready", "sending", "reconciling", "ready", "sending", "sent"]


def ended(site: MinerSite, engineer: Actor, device: Device, image: FirmwareImage) -> Any:
    job_id = flash(engineer, device, image)
    work(lambda: is_over(job_id), clock=site.clock)
    return job_of(job_id)


def test_a_broken_transfer_is_repeated_only_after_the_miner_was_asked(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    site.fault(miner, "drop_upload", at=2 << 20)
    job = ended(site, engineer, device, image_of(tenant, size=5 << 20))
    assert (job.state, miner.state.version) == ("succeeded", NEW_VERSION)
    assert states_of(job.id)[:7] == RETRIED
    assert target_of(job.id).attempt == 2
    assert len(miner.state.history.entries("upload_begun")) == 2
    assert images_taken(miner) == 1


def test_a_broken_transfer_to_a_miner_that_restarted_is_not_repeated(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    site.fault(miner, "drop_upload", at=2 << 20)
    job_id = flash(engineer, device, image_of(tenant, size=5 << 20))
    work(lambda: state_of(job_id) == "sending", clock=site.clock)
    site.fault(miner, "reboot")
    work(lambda: not miner.is_open, clock=None)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, target_of(job_id).state) == ("failed", "failed")
    assert f"restarted and still runs {FIRMWARE}" in job_of(job_id).failure_detail
    assert images_taken(miner) == 0


def test_attempts_are_bounded(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(firmware_attempts=1)
    site.fault(miner, "drop_upload", at=1 << 20)
    job = ended(site, engineer, device, image_of(tenant, size=3 << 20))
    assert (job.state, target_of(job.id).state) == ("failed", "failed")
    assert "1 attempts" in job.failure_detail
    assert miner.state.version == FIRMWARE


def test_bytes_that_changed_between_check_and_sending_never_arrive_whole(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    monkeypatch: Any,
) -> None:
    image = image_of(tenant, size=3 << 20)

    def check_then_damage(checked: FirmwareImage) -> bool:
        content = bytearray(store.path_of(image).read_bytes())
        content[-1] ^= 1
        store.path_of(image).write_bytes(content)
        return True

    monkeypatch.setattr(store, "is_intact", check_then_damage)
    job = ended(site, engineer, device, image)
    assert (job.state, states_of(job.id)[-2:]) == ("failed", ["reconciling", "failed"])
    assert "SHA-256" in job.failure_detail
    assert images_taken(miner) == 0
    assert len(miner.state.history.entries("upload_begun")) == 1


def test_a_file_that_is_gone_at_sending_fails_with_a_sentence(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    monkeypatch: Any,
) -> None:
    image = image_of(tenant)
    store.path_of(image).unlink()
    monkeypatch.setattr(store, "is_intact", lambda checked: True)
    job = ended(site, engineer, device, image)
    assert job.state == "failed"
    assert "The stored image is gone." in job.failure_detail


def test_an_image_the_miner_refuses_fails_with_the_miner_s_words(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    content = b"not firmware" * 100
    FirmwareImage.system.filter(id=image.id).update(
        sha256=sha256(content).hexdigest(), size=len(content)
    )
    image.refresh_from_db(from_queryset=FirmwareImage.system.all())
    store.path_of(image).write_bytes(content)
    job = ended(site, engineer, device, image)
    assert (job.state, job.failure_code) == ("failed", "device_rejected")
    assert "firmware header" in job.failure_detail
    assert states_of(job.id)[-2:] == ["reconciling", "failed"]


def test_a_busy_miner_is_waited_for_without_using_up_attempts(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(firmware_attempts=1)
    site.fault(miner, "busy")
    job_id = flash(engineer, device, image_of(tenant))
    start = site.clock.now()
    work(lambda: (site.clock.now() - start).total_seconds() > 100, clock=site.clock)
    assert state_of(job_id) == "reconciling"
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, target_of(job_id).attempt) == ("succeeded", 1)
    assert images_taken(miner) == 1


def test_a_miner_that_stays_busy_fails_after_the_time_a_restart_may_take(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(firmware_reboot_seconds=90)
    site.fault(miner, "busy")
    job = ended(site, engineer, device, image_of(tenant))
    assert (job.state, target_of(job.id).state) == ("failed", "failed")
    assert "stayed busy" in job.failure_detail


def test_a_lease_that_runs_out_stops_the_transfer(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
    monkeypatch: Any,
) -> None:
    whole, pieces = store.chunks, count(1)

    async def slow(image: FirmwareImage) -> AsyncIterator[bytes]:
        """The third piece of the first transfer takes longer than the lease lasts."""
        async for piece in whole(image):
            if next(pieces) == 3:
                clock.advance(31)
            yield piece

    monkeypatch.setattr(store, "chunks", slow)
    job_id = flash(engineer, device, image_of(tenant, size=8 << 20))
    work(lambda: state_of(job_id) not in (None, "preflight"), clock=clock)
    assert (state_of(job_id), images_taken(miner)) == ("sending", 0)
    work(lambda: is_over(job_id), clock=clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)
    assert states_of(job_id)[:7] == RETRIED
