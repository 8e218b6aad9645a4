"""What can happen once a miner has the image: only what it says itself is believed."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet import breaker
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device
from apps.fleet.targets import holder_of
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.firmware import attempt
from apps.miners.simulator import FIRMWARE, SimulatedMiner, profile_for
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

OTHER = "2026-01-01-0-00000000-26.01-plus"


@pytest.fixture
def impatient(configure: Any, monkeypatch: Any) -> None:
    """Silence is found out within tenths of a second, deadlines within a minute."""
    configure(firmware_reboot_seconds=40, firmware_verify_seconds=40, firmware_attempts=2)
    monkeypatch.setattr(attempt, "LOOK_SECONDS", 0.2)


def test_the_old_version_after_a_restart_is_a_failure_and_never_repeated(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    site.fault(miner, "old_version")
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: is_over(job_id), clock=site.clock)
    job = job_of(job_id)
    assert (job.state, job.failure_code) == ("failed", "device_rejected")
    assert f"still runs {FIRMWARE}" in job.failure_detail
    assert states_of(job_id)[-3:] == ["rebooting", "reconciling", "failed"]
    assert dict(target_of(job_id).device_after or {})["version"] == FIRMWARE
    assert (images_taken(miner), target_of(job_id).attempt) == (1, 1)


def test_a_third_version_is_a_person_s_to_judge(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant, OTHER, claimed=NEW_VERSION)
    job_id = flash(engineer, device, image)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "needs_human"
    assert states_of(job_id)[-2:] == ["reconciling", "needs_human"]
    assert OTHER in job_of(job_id).failure_detail
    assert holder_of(device) is None


@pytest.mark.usefixtures("impatient")
def test_a_miner_that_never_comes_back_has_timed_out(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "mute")
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, job_of(job_id).failure_code) == ("failed", "timeout")
    assert states_of(job_id)[-3:] == ["rebooting", "reconciling", "timed_out"]
    assert images_taken(miner) == 1
    assert holder_of(device) is None


@pytest.mark.usefixtures("impatient")
def test_a_reboot_does_not_open_the_breaker(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "refuse")
    work(lambda: is_over(job_id), clock=site.clock)
    assert target_of(job_id).state == "timed_out"
    assert breaker.standing([device.id])[device.id].state is BreakerState.CLOSED


@pytest.mark.usefixtures("impatient")
def test_a_miner_that_returns_while_it_is_being_asked_succeeds(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "refuse")
    work(lambda: state_of(job_id) == "reconciling", clock=site.clock)
    work(lambda: miner.state.version == NEW_VERSION)
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)


@pytest.mark.usefixtures("impatient")
def test_an_image_that_is_taken_and_never_installed_is_sent_again(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(miner.state, "reboot", lambda seconds: None)
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "reconciling", clock=site.clock)
    assert images_taken(miner) == 1
    monkeypatch.undo()
    miner.state.task = None
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 2)
    assert target_of(job_id).attempt == 2


@pytest.mark.usefixtures("impatient")
def test_a_poor_hash_rate_is_a_failure_with_the_new_version(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "hashrate", percent=-30)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, target_of(job_id).state) == ("failed", "failed")
    assert "did not become healthy" in job_of(job_id).failure_detail
    assert dict(target_of(job_id).device_after or {})["version"] == NEW_VERSION
    assert "committed" not in states_of(job_id)


def test_health_lost_while_soaking_has_to_come_back(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "committed", clock=site.clock)
    site.fault(miner, "thermal_pause")
    work(lambda: state_of(job_id) == "verifying", clock=site.clock)
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "succeeded"
    assert states_of(job_id)[-4:] == ["reconciling", "verifying", "committed", "succeeded"]


def test_a_miner_that_wavers_for_ever_fails_in_the_end(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(
        firmware_send_seconds=10,
        firmware_reboot_seconds=120,
        firmware_verify_seconds=20,
        firmware_soak_seconds=10,
    )
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "verifying", clock=site.clock)

    def waver() -> bool:
        """Well while it is verified, unwell while it soaks."""
        soaking = state_of(job_id) == "committed"
        miner.state.faults.thermal_pause = soaking
        return is_over(job_id)

    work(waver, clock=site.clock, seconds=60)
    assert (job_of(job_id).state, target_of(job_id).state) == ("failed", "failed")


def test_a_miner_that_falls_back_to_the_old_version_fails(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "verifying", clock=site.clock)
    miner.state.version = FIRMWARE
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, target_of(job_id).state) == ("failed", "failed")
    assert f"still runs {FIRMWARE}" in job_of(job_id).failure_detail


def test_a_password_lost_by_the_upgrade_is_a_person_s_to_mend(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "auth_reset", password="another")
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, target_of(job_id).state) == ("needs_human", "needs_human")
    assert "password" in job_of(job_id).failure_detail


@pytest.mark.usefixtures("impatient")
def test_another_machine_at_the_address_is_not_taken_for_the_miner(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=clock)
    miner.state.profile = profile_for("127.66.66.66")
    work(lambda: is_over(job_id), clock=clock)
    assert target_of(job_id).state == "timed_out"
