"""The performance baseline: measured target by target, and set back whatever ended it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.fleet import breaker
from apps.fleet.models import Device
from apps.fleet.services import stop_lift, stop_set
from apps.jobs.models import JobState
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.simulator import SimulatedMiner
from apps.operations.steps import run_job
from tests.support import factories
from tests.support.minersite import MinerSite, call, confirmed, is_over, job_of, standing

RUN = "miners.baseline.run"


def started(actor: Actor, device: Device, **data: Any) -> UUID:
    found = confirmed(actor, RUN, {"device": device.name, "seconds": 60, **data})
    assert found.job is not None
    return found.job.id


def target_of(actor: Actor, device: Device) -> str:
    found = call(actor, "miners.miner.info", {"device": device.name})
    assert found.output is not None
    return str(found.output["target"])


def until_measuring(job_id: UUID, clock: ManualClock, phase: str = "measure") -> None:
    drive(job_id, clock, lambda: (job_of(job_id).step_state or {}).get("phase") == phase)


def over(job_id: UUID, clock: ManualClock) -> None:
    drive(job_id, clock, lambda: is_over(job_id))


def drive(job_id: UUID, clock: ManualClock, until: Callable[[], bool]) -> None:
    """Takes step by step, each at its time."""
    for _ in range(200):
        if until():
            return
        if not run_job(job_id):
            clock.advance(5.0)
    raise AssertionError(standing())


def test_each_target_is_measured_and_the_own_one_set_again(
    miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    before = target_of(operator, device)
    job_id = started(operator, device, watts=[2_500, 3_000])
    assert target_of(operator, device) == before  # accepted, and nothing was sent yet
    until_measuring(job_id, clock)
    assert target_of(operator, device) == "power 2500 W"
    over(job_id, clock)
    job = job_of(job_id)
    assert job.state == JobState.SUCCEEDED, job.failure_detail
    output = job.output
    assert [one["target_watts"] for one in output["readings"]] == [2_500, 3_000]
    for one in output["readings"]:
        assert one["readings"] >= 2
        assert one["watts"] == pytest.approx(one["target_watts"], rel=0.1)
        assert one["joule_per_terahash"] == pytest.approx(one["watts"] / one["terahash"], rel=0.01)
    assert output["best_watts"] == 2_500
    assert (output["stopped"], target_of(operator, device)) == (None, before)


def test_without_watts_its_own_range_is_walked(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    found = call(operator, RUN, {"device": device.name}, dry_run=True)
    assert found.plan is not None
    assert found.plan.changes[0].after.count(" W") == 3
    assert "works towards" in found.plan.risks[0]


def test_a_target_out_of_its_range_is_refused_in_the_plan(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    found = call(operator, RUN, {"device": device.name, "watts": [19_000]}, dry_run=True)
    assert found.plan is not None
    assert "takes" in found.plan.refusals[0].reason
    assert not found.plan.runnable


def test_heat_ends_it_and_the_own_target_is_set_again(
    miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    before = target_of(operator, device)
    job_id = started(operator, device, watts=[2_500, 3_000], stop_at_c=1)
    over(job_id, clock)
    job = job_of(job_id)
    assert job.state == JobState.PARTIAL
    assert "°C" in job.output["stopped"]
    assert (job.output["readings"], target_of(operator, device)) == ([], before)


def test_a_cancelled_one_goes_back(
    miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    before = target_of(operator, device)
    job_id = started(operator, device, watts=[2_500])
    until_measuring(job_id, clock)
    call(operator, "jobs.job.cancel", {"job": str(job_id)})
    over(job_id, clock)
    assert job_of(job_id).state == JobState.CANCELLED
    assert target_of(operator, device) == before


def test_a_miner_that_goes_silent_is_set_back_once_it_answers(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    before = target_of(operator, device)
    job_id = started(operator, device, watts=[2_500])
    until_measuring(job_id, clock)
    site.fault(miner, "refuse")
    until_measuring(job_id, clock, "restore")
    clock.advance(31)
    assert run_job(job_id)
    assert not is_over(job_id)
    assert "Setting it back" in job_of(job_id).sentence
    site.reset(miner)
    breaker.reset(device.id)
    over(job_id, clock)
    assert job_of(job_id).state == JobState.PARTIAL
    assert target_of(operator, device) == before


def test_what_somebody_else_set_meanwhile_is_left(
    miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    job_id = started(operator, device, watts=[2_500])
    until_measuring(job_id, clock)
    confirmed_or_done = {"device": device.name, "watts": 2_800}
    call(operator, "miners.power.set", confirmed_or_done, key=str(new_id()))
    over(job_id, clock)
    job = job_of(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, "conflict")
    assert "Somebody set" in job.failure_detail
    assert target_of(operator, device) == "power 2800 W"


def test_an_emergency_stop_ends_it_and_it_goes_back_once_that_is_lifted(
    miner: SimulatedMiner, device: Device, operator: Actor, tenant: Tenant, clock: ManualClock
) -> None:
    before = target_of(operator, device)
    job_id = started(operator, device, watts=[2_500, 2_600])
    until_measuring(job_id, clock)
    stop, _ = stop_set(tenant_id=tenant.id, path="/", set_by="somebody", reason="fire")
    until_measuring(job_id, clock, "restore")
    assert target_of(operator, device) == "power 2500 W"
    stop_lift(stop, lifted_by="somebody")
    over(job_id, clock)
    assert target_of(operator, device) == before


def test_denied_means_nothing_is_sent(
    miner: SimulatedMiner, device: Device, tenant: Tenant, operator: Actor
) -> None:
    viewer = factories.actor_of("viewer", tenant)
    before = target_of(operator, device)
    with pytest.raises(Failure) as caught:
        call(viewer, RUN, {"device": device.name}, key=str(new_id()))
    assert caught.value.code is Code.FORBIDDEN
    assert target_of(operator, device) == before
