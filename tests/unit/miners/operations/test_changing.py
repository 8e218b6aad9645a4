"""Locate, pause, resume and the power target: done, read back, and settled when unclear."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.miners.models import Miner
from apps.miners.simulator import SimulatedMiner
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import Status
from apps.operations.settle import settle_due
from tests.support import factories
from tests.support.minersite import MinerSite, call, confirmed, lost, outcome_row


def test_the_light_is_switched_and_read_back(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    on = call(operator, "miners.miner.locate", {"device": device.name, "on": True}).output
    assert on is not None
    assert (on["before"], on["after"], miner.state.located) == (False, True, True)
    call(operator, "locate_miner", {"device": device.name, "on": False})
    assert not miner.state.located


def test_pausing_is_confirmed_first_and_resuming_is_not(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    paused = confirmed(operator, "miners.miner.pause", {"device": device.name}).output
    assert paused is not None
    assert (paused["before"], paused["after"]) == ("normal", "paused")
    assert miner.state.run.paused
    resumed = call(operator, "miners.miner.resume", {"device": device.name}).output
    assert resumed is not None
    assert (resumed["before"], resumed["after"]) == ("paused", "normal")
    assert outcome_row("miners.miner.pause").after == "paused"


def test_a_viewer_changes_nothing(miner: SimulatedMiner, device: Device, tenant: Tenant) -> None:
    viewer = factories.actor_of("viewer", tenant)
    with pytest.raises(Failure) as caught:
        call(viewer, "miners.power.set", {"device": device.name, "watts": 3000})
    assert caught.value.code is Code.FORBIDDEN
    assert miner.state.target_watts() == 3068


def test_the_power_target_is_set_and_read_back(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    Miner.system.create(device=device)
    outcome = call(operator, "set_power_target", {"device": device.name, "watts": 2800})
    assert outcome.output == {
        "device": str(device.id),
        "before": 3068,
        "after": 2800,
        "confirmed": True,
    }
    assert miner.state.target_watts() == 2800
    assert Miner.system.get(device=device).power_target_watts == 2800


def test_a_dry_run_shows_the_change_and_sends_nothing(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = {"device": device.name, "watts": 2800}
    outcome = call(operator, "miners.power.set", data, dry_run=True)
    assert outcome.status is Status.PLANNED
    assert outcome.plan is not None
    (change,) = outcome.plan.changes
    assert (change.before, change.after, outcome.plan.refusals) == (3068, 2800, ())
    assert miner.state.target_watts() == 3068


@pytest.mark.parametrize("watts", [1199, 3801])
def test_a_target_out_of_range_is_refused_naming_the_range(
    miner: SimulatedMiner, device: Device, operator: Actor, watts: int
) -> None:
    data = {"device": device.name, "watts": watts}
    planned = call(operator, "miners.power.set", data, dry_run=True)
    assert planned.plan is not None
    assert "1200 to 3800 W" in planned.plan.refusals[0].reason
    assert not planned.plan.runnable
    with pytest.raises(Failure) as caught:
        call(operator, "miners.power.set", data)
    assert caught.value.code is Code.INVALID
    assert "1200 to 3800 W" in caught.value.detail
    assert caught.value.errors[0].allowed == "1200 to 3800 W"
    assert miner.state.target_watts() == 3068


@pytest.mark.parametrize("watts", [1200, 3800])
def test_the_ends_of_the_range_are_in_it(device: Device, operator: Actor, watts: int) -> None:
    output = call(operator, "miners.power.set", {"device": device.name, "watts": watts}).output
    assert output is not None
    assert output["after"] == watts


# -- when the answer was lost


def settled(clock: ManualClock, operation: str) -> AuditLog:
    clock.advance(60)
    assert settle_due() == 1
    assert IdempotencyKey.objects.filter(reply=None).count() == 0
    return outcome_row(operation)


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("miners.miner.locate", "SetLocateDeviceStatus", {"on": True}),
    ("miners.power.set", "SetPowerTarget", {"watts": 2900}),
    ("miners.miner.resume", "ResumeMining", {}),
]


@pytest.mark.parametrize(("operation", "method", "data"), CHANGES)
def test_a_change_that_did_not_arrive_is_settled_as_not_done(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    operator: Actor,
    clock: ManualClock,
    operation: str,
    method: str,
    data: dict[str, Any],
) -> None:
    miner.state.run.paused = operation.endswith("resume")
    site.fault(miner, "hang", methods=[method])
    lost(operator, operation, {"device": device.name, **data})
    site.reset(miner)
    assert settled(clock, operation).verdict == "device_rejected"


@pytest.mark.parametrize(("operation", "method", "data"), CHANGES)
def test_a_change_that_did_arrive_is_settled_as_done(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    operator: Actor,
    clock: ManualClock,
    operation: str,
    method: str,
    data: dict[str, Any],
) -> None:
    site.fault(miner, "hang", methods=[method])
    lost(operator, operation, {"device": device.name, **data})
    site.reset(miner)
    miner.state.located = True
    miner.state.performance.tuner_mode.power_target.power_target.watt = 2900
    row = settled(clock, operation)
    assert (row.verdict, row.actor_label) == ("ok", "system:settle")


def test_a_miner_that_stays_silent_is_asked_again_later(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    site.fault(miner, "hang", methods=["SetLocateDeviceStatus"])
    lost(operator, "miners.miner.locate", {"device": device.name, "on": True})
    site.fault(miner, "refuse")
    clock.advance(60)
    assert settle_due() == 0
    site.reset(miner)
    assert settled(clock, "miners.miner.locate").verdict == "device_rejected"


def test_a_pause_that_was_lost_is_settled(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    data = {"device": device.name}
    plan = call(operator, "miners.miner.pause", data)
    site.fault(miner, "hang", methods=["PauseMining"])
    lost(operator, "miners.miner.pause", data, confirmation=plan.confirmation)
    site.reset(miner)
    miner.state.pause()
    assert settled(clock, "miners.miner.pause").verdict == "ok"


def test_a_pause_whose_answer_is_garbage_is_settled_and_told_once(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    data = {"device": device.name}
    plan = call(operator, "miners.miner.pause", data)
    site.fault(miner, "garbage", methods=["PauseMining"])
    lost(operator, "miners.miner.pause", data, confirmation=plan.confirmation)
    site.heal(miner)
    assert settled(clock, "miners.miner.pause").verdict == "ok"
    assert len(miner.state.history.entries("pause")) == 1
