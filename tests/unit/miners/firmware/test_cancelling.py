from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.fleet.targets import holder_of
from apps.jobs.models import Job
from apps.kernel.actor import Actor
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from apps.operations.endings import cancel
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
    work,
)


def test_before_anything_was_sent_a_wish_to_stop_is_granted(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    site.fault(miner, "refuse")
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "preflight", clock=site.clock)
    cancel(job_of(job_id), hard=False, actor=engineer)
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "cancelled"
    assert states_of(job_id) == ["preflight", "cancelled"]
    assert miner.state.history.entries("upload_begun") == []
    assert holder_of(device) is None


def test_a_retry_that_waits_can_still_be_stopped(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    site.fault(miner, "drop_upload", at=1 << 20)
    job_id = flash(engineer, device, image_of(tenant, size=3 << 20))
    work(lambda: states_of(job_id)[-2:] == ["reconciling", "ready"], clock=site.clock)
    cancel(job_of(job_id), hard=False, actor=engineer)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, state_of(job_id)) == ("cancelled", "cancelled")
    assert (miner.state.version, images_taken(miner)) == (FIRMWARE, 0)


def test_once_sent_it_runs_to_its_end_and_says_so(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    cancel(job_of(job_id), hard=True, actor=engineer)
    work(lambda: "can no longer be stopped" in job_of(job_id).sentence, clock=site.clock)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "succeeded"
    assert miner.state.version == NEW_VERSION


def test_an_actor_that_lost_its_right_stops_before_and_not_after_sending(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    from apps.accounts.models import User

    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    User.objects.filter(id=engineer.id).update(is_active=False)
    work(lambda: is_over(job_id), clock=site.clock)
    assert job_of(job_id).state == "succeeded"
    second = Job.system.filter(id=job_id).values_list("cancel", flat=True).get()
    assert second == "hard"
