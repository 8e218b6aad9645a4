import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.simulator import FIRMWARE, SimulatedMiner
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


def test_a_second_job_is_refused_naming_the_first_before_that_has_begun(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    data = {"device": str(device.id), "image": str(image_of(tenant).id)}
    late = call(engineer, "miners.firmware.upgrade", data, key="late")
    first = confirmed(engineer, "miners.firmware.upgrade", data).job
    assert first is not None
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.firmware.upgrade", data, key="late", confirmation=late.confirmation)
    assert (caught.value.code, str(first.id) in caught.value.detail) == (Code.CONFLICT, True)
    refused = AuditLog.system.get(entry="denied")
    assert (refused.verdict, refused.device_id, refused.job_id) == ("conflict", device.id, None)
    assert Job.system.get().id == first.id
    assert AuditLog.system.filter(entry="intent").count() == 1
    work(lambda: is_over(first.id), clock=site.clock)
    assert (job_of(first.id).state, images_taken(miner)) == ("succeeded", 1)
    again = {**data, "image": str(image_of(tenant, FIRMWARE).id), "older": True}
    assert confirmed(engineer, "miners.firmware.upgrade", again).job != first


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
