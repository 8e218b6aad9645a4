"""Upgrades that end before a byte has left."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.fleet.services import credential_set
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support import factories
from tests.support.minersite import (
    MinerSite,
    call,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    states_of,
    target_of,
    work,
)


def ended(site: MinerSite, engineer: Actor, device: Device, image: FirmwareImage) -> Any:
    job_id = flash(engineer, device, image)
    work(lambda: is_over(job_id), clock=site.clock)
    return job_of(job_id)


def uploads(miner: SimulatedMiner) -> int:
    return len(miner.state.history.entries("upload_begun"))


def test_a_miner_that_runs_it_already_is_left_alone(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = ended(site, engineer, device, image_of(tenant, FIRMWARE))
    assert (job.state, job.output["state"]) == ("succeeded", "already_done")
    assert job.output["before"] == job.output["after"] == FIRMWARE
    assert states_of(job.id) == ["preflight", "already_done"]
    assert uploads(miner) == 0


def test_an_image_for_another_model_is_not_applicable(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = ended(site, engineer, device, image_of(tenant, models=("Antminer T99",)))
    assert (job.state, job.failure_code) == ("failed", "conflict")
    assert "Antminer T99" in job.failure_detail
    assert states_of(job.id) == ["preflight", "not_applicable"]
    assert uploads(miner) == 0


def test_a_model_known_to_be_wrong_is_refused_by_the_plan(
    device: Device, engineer: Actor, tenant: Tenant
) -> None:
    Device.system.filter(id=device.id).update(model="Antminer S19J Pro")
    data = {"device": device.name, "image": str(image_of(tenant, models=("Antminer T99",)).id)}
    plan = call(engineer, "miners.firmware.upgrade", data, dry_run=True).plan
    assert plan is not None
    assert not plan.runnable
    assert "Antminer T99" in plan.refusals[0].reason
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.firmware.upgrade", data, key="k")
    assert caught.value.code is Code.CONFLICT


def test_a_file_damaged_after_its_upload_is_rejected(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    content = bytearray(store.path_of(image).read_bytes())
    content[5000] ^= 1
    store.path_of(image).write_bytes(content)
    job = ended(site, engineer, device, image)
    assert (job.state, states_of(job.id)) == ("failed", ["preflight", "rejected"])
    assert "damaged" in job.failure_detail
    assert uploads(miner) == 0


def test_an_image_that_is_not_verified_has_no_plan(
    device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    FirmwareImage.system.filter(id=image.id).update(state=ImageState.WITHDRAWN)
    data = {"device": device.name, "image": str(image.id)}
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.firmware.upgrade", data, dry_run=True)
    assert (caught.value.code, "withdrawn" in caught.value.detail) == (Code.CONFLICT, True)


def test_an_image_withdrawn_after_the_plan_is_not_sent_and_the_miner_is_free_again(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    job_id = flash(engineer, device, image)
    FirmwareImage.system.filter(id=image.id).update(state=ImageState.WITHDRAWN)
    work(lambda: is_over(job_id), clock=site.clock)
    assert states_of(job_id) == ["preflight", "cancelled"]
    assert job_of(job_id).state == "failed"
    assert uploads(miner) == 0


def test_another_tenant_s_image_is_not_found(
    device: Device, engineer: Actor, tenant: Tenant
) -> None:
    foreign = image_of(factories.tenant())
    with pytest.raises(Failure) as caught:
        flash(engineer, device, foreign)
    assert caught.value.code is Code.NOT_FOUND


def test_an_operator_may_not_flash(device: Device, operator: Actor, tenant: Tenant) -> None:
    with pytest.raises(Failure) as caught:
        flash(operator, device, image_of(tenant))
    assert caught.value.code is Code.FORBIDDEN


def test_a_silent_miner_is_given_up_after_the_check_s_time(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    site.fault(miner, "refuse")
    work(lambda: is_over(job_id), clock=site.clock)
    job = job_of(job_id)
    assert (job.state, job.failure_code) == ("failed", "unreachable")
    assert states_of(job_id) == ["preflight", "failed"]


def test_a_miner_that_answers_late_is_still_upgraded(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    site.fault(miner, "refuse")
    start = site.clock.now()
    work(lambda: (site.clock.now() - start).total_seconds() > 8, clock=site.clock)
    assert states_of(job_id) == ["preflight"]
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "succeeded"


def test_a_wrong_password_ends_it_and_frees_the_miner(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    credential_set(device, {"username": "root", "password": "wrong"})
    job = ended(site, engineer, device, image_of(tenant))
    assert (job.state, job.failure_code) == ("failed", "device_rejected")
    assert "password" in job.failure_detail
    assert target_of(job.id).state == "failed"


def test_another_miner_at_the_address_is_not_flashed(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    Device.system.filter(id=device.id).update(serial="OTHER")
    job = ended(site, engineer, device, image_of(tenant))
    assert (job.state, states_of(job.id)) == ("failed", ["preflight", "failed"])
    assert miner.state.profile.serial in job.failure_detail
    assert images_taken(miner) == 0


def test_an_emergency_stop_ends_it_before_the_first_byte(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    call(engineer, "fleet.stop.set", {"site": "/"})
    work(lambda: is_over(job_id), clock=site.clock)
    job = job_of(job_id)
    assert (job.state, job.failure_code) == ("failed", "conflict")
    assert "emergency stop" in job.failure_detail
    assert states_of(job.id)[-1] == "cancelled"
    assert "sending" not in states_of(job.id)
    assert uploads(miner) == 0


def test_an_emergency_stop_keeps_a_command_away(
    miner: SimulatedMiner, device: Device, engineer: Actor
) -> None:
    call(engineer, "fleet.stop.set", {"site": device.site_path})
    before = miner.state.history.entries("locate")
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.miner.locate", {"device": device.name, "on": True})
    assert caught.value.code is Code.CONFLICT
    assert miner.state.history.entries("locate") == before
