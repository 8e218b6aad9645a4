from typing import Any

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceLease
from apps.jobs.models import JobLog
from apps.kernel.actor import Actor
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

WAY = [
    "preflight",
    "ready",
    "sending",
    "sent",
    "rebooting",
    "verifying",
    "committed",
    "succeeded",
]


def upgraded(site: MinerSite, engineer: Actor, device: Device, image: Any) -> Any:
    job_id = flash(engineer, device, image)
    work(lambda: is_over(job_id), clock=site.clock)
    return job_of(job_id)


def test_a_miner_ends_on_the_new_version_with_evidence(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = upgraded(site, engineer, device, image_of(tenant))
    assert (job.state, job.failure_detail) == ("succeeded", "")
    assert job.output["before"] == FIRMWARE
    assert job.output["after"] == NEW_VERSION == miner.state.version
    assert job.output["terahash_after"] >= 0.9 * job.output["terahash_before"] > 0
    assert states_of(job.id) == WAY
    assert images_taken(miner) == 1


def test_the_audit_outcome_says_what_was_and_what_is(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = upgraded(site, engineer, device, image_of(tenant))
    outcome = AuditLog.system.get(entry="outcome", intent_id=job.intent_id)
    assert outcome.verdict == "ok"
    before, after = dict(outcome.before or {}), dict(outcome.after or {})
    assert (before["firmware"], after["firmware"]) == (FIRMWARE, NEW_VERSION)
    assert after["terahash"] > 0
    target = target_of(job.id)
    seen = dict(target.device_before or {}), dict(target.device_after or {})
    assert [one["version"] for one in seen] == [FIRMWARE, NEW_VERSION]
    assert target.intent_at is not None


def test_the_change_is_told_and_kept_once(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    Device.system.filter(id=device.id).update(firmware=FIRMWARE)
    upgraded(site, engineer, device, image_of(tenant))
    assert Device.system.get(id=device.id).firmware == NEW_VERSION
    told = Outbox.objects.get(type="miners.miner.changed")
    assert (told.payload["change"], told.payload["after"]) == ("firmware", NEW_VERSION)


def test_the_log_and_the_progress_say_what_happens(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = upgraded(site, engineer, device, image_of(tenant))
    lines = list(JobLog.objects.filter(job=job).values_list("message", flat=True))
    assert "The miner took the image and began to install it." in lines
    assert (job.done, job.total) == (6, 6)
    assert job.sentence == f"{device.name} runs {NEW_VERSION}."


def test_no_lease_is_left_behind(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    upgraded(site, engineer, device, image_of(tenant))
    assert DeviceLease.objects.get(device=device).lease_until is None


def test_success_takes_the_whole_soak(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant, configure: Any
) -> None:
    configure(firmware_soak_seconds=40)
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "committed", clock=site.clock)
    began = site.clock.now()
    work(lambda: is_over(job_id), clock=site.clock)
    assert (site.clock.now() - began).total_seconds() >= 40


def test_an_image_named_by_its_bare_release_is_recognised(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job = upgraded(site, engineer, device, image_of(tenant, claimed="26.08.1"))
    assert (job.state, job.output["after"]) == ("succeeded", NEW_VERSION)
