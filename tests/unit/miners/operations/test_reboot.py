import pytest

from apps.fleet import leases
from apps.fleet.models import Device, DeviceLease
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.miners.simulator import SimulatedMiner
from apps.operations.outcome import Status
from apps.operations.settle import settle_due
from tests.support.minersite import (
    A_DAY,
    MinerSite,
    call,
    confirmed,
    lost,
    outcome_row,
    work,
)

REBOOT = "miners.miner.reboot"


def reboots(miner: SimulatedMiner) -> int:
    return len(miner.state.history.entries("reboot"))


def test_it_shows_a_plan_and_restarts_when_confirmed(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = {"device": device.name}
    plan = call(operator, REBOOT, data, key="r")
    assert plan.status is Status.NEEDS_CONFIRMATION
    assert plan.plan is not None
    assert plan.plan.risks
    assert reboots(miner) == 0
    done = call(operator, REBOOT, data, key="r", confirmation=plan.confirmation)
    assert done.output == {"device": str(device.id), "rebooting": True}
    work(lambda: miner.state.uptime() < A_DAY)
    assert reboots(miner) == 1


def test_it_needs_a_key(device: Device, operator: Actor) -> None:
    with pytest.raises(Failure) as caught:
        call(operator, REBOOT, {"device": device.name})
    assert caught.value.code is Code.INVALID
    assert "idempotency_key" in caught.value.detail


def test_the_same_key_restarts_once(miner: SimulatedMiner, device: Device, operator: Actor) -> None:
    data = {"device": device.name}
    first = confirmed(operator, REBOOT, data, key="once")
    again = call(operator, REBOOT, data, key="once")
    assert (again.output, again.replayed) == (first.output, True)
    assert reboots(miner) == 1


def test_a_confirmation_serves_one_call(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = {"device": device.name}
    plan = call(operator, REBOOT, data, key="a")
    call(operator, REBOOT, data, key="a", confirmation=plan.confirmation)
    with pytest.raises(Failure) as caught:
        call(operator, REBOOT, data, key="b", confirmation=plan.confirmation)
    assert caught.value.code is Code.STALE_PLAN
    assert reboots(miner) == 1


def test_it_does_not_cross_a_step_that_holds_the_miner(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = {"device": device.name}
    plan = call(operator, REBOOT, data, key="r")
    with leases.hold(device, owner="job 7"), pytest.raises(Failure) as caught:
        call(operator, REBOOT, data, key="r", confirmation=plan.confirmation)
    assert (caught.value.code, "job 7" in caught.value.detail) == (Code.CONFLICT, True)
    assert reboots(miner) == 0


def test_it_gives_the_lease_back(miner: SimulatedMiner, device: Device, operator: Actor) -> None:
    confirmed(operator, REBOOT, {"device": device.name})
    row = DeviceLease.objects.get(device=device)
    assert (row.lease_until, row.owner, row.epoch) == (None, "", 1)


def test_a_lost_answer_is_settled_by_the_uptime(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    data = {"device": device.name}
    plan = call(operator, REBOOT, data, key="r")
    site.fault(miner, "hang", methods=["Reboot"])
    lost(operator, REBOOT, data, key="r", confirmation=plan.confirmation)
    site.reset(miner)
    clock.advance(5)
    miner.state.boot()
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(REBOOT).verdict == "ok"
    assert call(operator, REBOOT, data, key="r").replayed


def test_a_miner_that_is_up_since_before_did_not_restart(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    data = {"device": device.name}
    plan = call(operator, REBOOT, data, key="r")
    site.fault(miner, "hang", methods=["Reboot"])
    lost(operator, REBOOT, data, key="r", confirmation=plan.confirmation)
    site.reset(miner)
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(REBOOT).verdict == "device_rejected"
