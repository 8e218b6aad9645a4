"""A worker that dies between the end of a target and the end of its job."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device, Target
from apps.fleet.orphans import targets_close_orphans
from apps.fleet.targets import holder_of
from apps.jobs.claims import lapsed
from apps.jobs.models import Job, JobState
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.simulator import SimulatedMiner
from apps.operations import steps
from apps.operations.tasks import take_up
from tests.support.miners import NEW_VERSION
from tests.support.minersite import (
    MinerSite,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    work,
)


class Died(BaseException):
    """Nothing of the product catches this."""


def die(*_: Any, **__: Any) -> None:
    raise Died


@pytest.mark.parametrize(
    ("fault", "ends", "job_ends"),
    [
        (None, "succeeded", "succeeded"),
        ("old_version", "failed", "failed"),
    ],
)
def test_the_end_is_read_from_the_target(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
    monkeypatch: Any,
    fault: str | None,
    ends: str,
    job_ends: str,
) -> None:
    if fault:
        site.fault(miner, fault)
    job_id = flash(engineer, device, image_of(tenant))
    with monkeypatch.context() as patch:
        patch.setattr(steps, "end_ok", die)
        patch.setattr(steps, "end_failed", die)
        with pytest.raises(Died):
            work(lambda: is_over(job_id), clock=clock)
    assert (state_of(job_id), job_of(job_id).state) == (ends, "running")
    clock.advance(20)
    for job in lapsed():
        take_up(job)
    work(lambda: is_over(job_id), clock=clock)
    job = job_of(job_id)
    assert (job.state, images_taken(miner)) == (job_ends, 1)
    if job_ends == "succeeded":
        assert dict(job.output or {})["after"] == NEW_VERSION


@pytest.mark.parametrize(
    ("state", "job_state", "code"),
    [
        ("needs_human", JobState.NEEDS_HUMAN, "conflict"),
        ("timed_out", JobState.FAILED, "timeout"),
        ("rejected", JobState.FAILED, "conflict"),
    ],
)
def test_bad_ends_keep_their_words(
    site: MinerSite,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
    state: str,
    job_state: str,
    code: str,
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=clock)
    Target.system.filter(job_id=job_id).update(state=state, detail="As it was said then.")
    work(lambda: is_over(job_id), clock=clock)
    job = Job.system.get(id=job_id)
    assert (job.state, job.failure_code) == (job_state, code)
    assert job.failure_detail == "As it was said then."


def test_a_job_put_aside_leaves_its_miner_to_a_person_and_free(
    site: MinerSite, device: Device, engineer: Actor, tenant: Tenant, clock: ManualClock
) -> None:
    """Three workers died on it: nobody will ask the miner any more."""
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=clock)
    held = {"state": JobState.RUNNING, "lease_until": clock.now(), "deaths": 2}
    Job.system.filter(id=job_id).update(**held)
    clock.advance(20)
    for job in lapsed():
        take_up(job)
    assert (job_of(job_id).state, state_of(job_id)) == ("needs_human", "sent")
    assert targets_close_orphans() == 1
    assert state_of(job_id) == "needs_human"
    assert holder_of(device) is None
