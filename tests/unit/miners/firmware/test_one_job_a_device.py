import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device, Target
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.simulator import SimulatedMiner
from tests.support.minersite import (
    MinerSite,
    call,
    confirmed,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    work,
)


def test_a_second_job_accepted_meanwhile_is_refused_naming_the_first(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    first, second = flash(engineer, device, image), flash(engineer, device, image)
    work(lambda: is_over(first) and is_over(second), clock=site.clock)
    ends = {job_of(first).state: first, job_of(second).state: second}
    assert set(ends) == {"succeeded", "failed"}
    assert str(ends["succeeded"]) in job_of(ends["failed"]).failure_detail
    assert Target.system.filter(job_id=ends["failed"]).count() == 0
    assert images_taken(miner) == 1


def test_while_a_job_has_the_miner_no_other_plan_can_be_run(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    image = image_of(tenant)
    job_id = flash(engineer, device, image)
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    with pytest.raises(Failure) as caught:
        flash(engineer, device, image)
    assert caught.value.code is Code.CONFLICT
    assert str(job_id) in caught.value.detail


@pytest.mark.parametrize("operation", ["miners.miner.reboot", "miners.miner.pause"])
def test_neither_reboot_nor_pause_disturbs_a_running_upgrade(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    operation: str,
) -> None:
    """Confirmed before the upgrade took the miner, called while it has it."""
    data = {"device": device.name}
    plan = call(engineer, operation, data, key="one")
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    with pytest.raises(Failure) as caught:
        call(engineer, operation, data, key="one", confirmation=plan.confirmation)
    assert (caught.value.code, str(job_id) in caught.value.detail) == (Code.CONFLICT, True)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "succeeded"
    assert miner.state.history.entries("reboot") == []


def test_the_same_key_answers_with_the_same_job(
    device: Device, engineer: Actor, tenant: Tenant
) -> None:
    data = {"device": str(device.id), "image": str(image_of(tenant).id)}
    first = confirmed(engineer, "miners.firmware.upgrade", data, key="once")
    again = call(engineer, "miners.firmware.upgrade", data, key="once")
    assert (first.job, again.replayed) == (again.job, True)
