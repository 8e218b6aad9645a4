"""What a miner works towards: asked for in several ways, held to its range, and taken back."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.models import Miner, MinerSnapshot
from apps.miners.schemas.targets import MinersTargetAdjustIn
from apps.miners.services.targets import target_set
from apps.miners.simulator import SimulatedMiner
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome
from apps.operations.settle import settle_due
from tests.support import factories
from tests.support.miners import NEW_VERSION
from tests.support.minersite import MinerSite, call, confirmed, lost, outcome_row


def done(actor: Actor, operation: str, data: dict[str, Any]) -> dict[str, Any]:
    found = call(actor, operation, data, key=str(new_id())).output
    assert found is not None
    return found


def refused(actor: Actor, operation: str, data: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        call(actor, operation, data, key=str(new_id()))
    return caught.value


def test_hashrate_is_a_target_too_and_power_comes_back_by_undoing(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    Miner.system.create(device=device, power_target_watts=3068)
    made = done(operator, "set_hashrate_target", {"device": device.name, "terahash": 90.0})
    assert made["before"] == {"mode": "power", "watts": 3068, "terahash": None}
    assert made["after"] == {"mode": "hashrate", "watts": None, "terahash": 90.0}
    assert made["confirmed"]
    assert Miner.system.get(device=device).power_target_watts is None
    undone = done(operator, "miners.change.undo", {"device": device.name})
    assert (undone["what"], undone["after"]["watts"], undone["confirmed"]) == ("target", 3068, True)
    assert miner.state.target_watts() == 3068
    assert [row.operation for row in MinerSnapshot.system.filter(device=device)] == [
        "miners.change.undo",
        "miners.hashrate.set",
    ]


@pytest.mark.parametrize(
    ("given", "watts"),
    [
        ({"step": -268.0}, 2800),
        ({"percent": 80.0}, 2454),
        ({"percent": 110.0, "of": "min"}, 1320),
        ({"percent": 50.0, "of": "max"}, 1900),
        ({"percent": 90.0, "of": "current"}, 2761),
    ],
)
def test_power_is_moved_by_a_step_or_to_a_share(
    miner: SimulatedMiner, device: Device, operator: Actor, given: dict[str, Any], watts: int
) -> None:
    made = done(operator, "miners.target.adjust", {"device": device.name, **given})
    assert (made["after"]["watts"], miner.state.target_watts()) == (watts, watts)


def test_a_share_of_the_range_works_for_hashrate_and_a_step_needs_a_target(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    step = {"device": device.name, "unit": "terahash", "step": -5.0}
    failure = refused(operator, "miners.target.adjust", step)
    assert failure.code is Code.CONFLICT
    assert "give unit watts" in failure.detail
    share = {"device": device.name, "unit": "terahash", "percent": 50.0, "of": "max"}
    assert done(operator, "miners.target.adjust", share)["after"]["terahash"] == 62.5
    assert done(operator, "miners.target.adjust", step)["after"]["terahash"] == 57.5


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        ("miners.hashrate.set", {"terahash": 200.0}, "45 to 125 TH/s"),
        ("miners.target.adjust", {"step": -2500.0}, "gives 568 W"),
        ("miners.target.adjust", {"percent": 150.0}, "1200 to 3800 W"),
        ("miners.tuning.set", {"mode": "power", "watts": 9000}, "1200 to 3800 W"),
        ("miners.tuning.set", {"mode": "power"}, "give watts with mode power"),
        ("miners.target.adjust", {"step": 1.0, "percent": 1.0}, "give step or percent"),
    ],
)
def test_what_the_miner_would_not_take_is_refused_with_its_range(
    miner: SimulatedMiner,
    device: Device,
    operator: Actor,
    operation: str,
    data: dict[str, Any],
    words: str,
) -> None:
    failure = refused(operator, operation, {"device": device.name, **data})
    assert failure.code is Code.INVALID
    assert words in failure.detail
    assert miner.state.target_watts() == 3068
    assert not MinerSnapshot.system.exists()


def test_efficiency_is_the_best_point_of_the_curve(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = {"device": device.name, "mode": "efficiency"}
    assert "26.05" in refused(operator, "configure_autotuning", data).detail
    miner.state.version = NEW_VERSION
    assert done(operator, "miners.tuning.set", data)["after"]["watts"] == 1200
    default = {"device": device.name, "mode": "default"}
    assert done(operator, "miners.tuning.set", default)["after"]["watts"] == 3068


def test_undo_refuses_what_somebody_changed_since_and_what_is_not_theirs(
    miner: SimulatedMiner, device: Device, operator: Actor, tenant: Tenant
) -> None:
    assert (
        "Nothing was changed"
        in refused(operator, "miners.change.undo", {"device": device.name}).detail
    )
    done(operator, "miners.power.set", {"device": device.name, "watts": 2500})
    miner.state.performance.tuner_mode.power_target.power_target.watt = 2600
    failure = refused(operator, "miners.change.undo", {"device": device.name})
    assert "somebody has changed it since" in failure.detail
    assert miner.state.target_watts() == 2600
    viewer = factories.actor_of("viewer", tenant)
    assert refused(viewer, "miners.change.undo", {"device": device.name}).code is Code.FORBIDDEN
    data = {"device": device.name, "force": True}
    assert done(operator, "miners.change.undo", data)["after"]["watts"] == 3068


def test_lost_answers_are_settled_by_what_was_kept(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, clock: ManualClock
) -> None:
    site.fault(miner, "hang", methods=["SetPowerTarget"])
    data = {"device": device.name, "step": -68.0}
    lost(operator, "miners.target.adjust", data, key="step-1")
    site.reset(miner)
    miner.state.performance.tuner_mode.power_target.power_target.watt = 3000
    clock.advance(60)
    assert settle_due() == 1
    row = outcome_row("miners.target.adjust")
    assert row.verdict == "ok"
    assert (row.before["watts"], row.after["watts"]) == (3068, 3000)


def test_a_call_that_runs_again_takes_no_second_step(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    data = MinersTargetAdjustIn(device=device.name, step=-100.0)
    asked = Call(operation="miners.target.adjust", input={}, actor=operator, face=Face.REST)
    ctx = Context(call=asked, deadline=clocks.monotonic() + 20)
    first, again = target_set(ctx, data), target_set(ctx, data)
    assert (first.after.watts, again.after.watts) == (2968, 2968)
    assert (again.before.watts, miner.state.target_watts()) == (3068, 2968)


def test_the_program_is_restarted_and_the_machine_stays_up(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    booted = miner.state.run.booted
    outcome: Outcome = confirmed(operator, "miners.miner.restart", {"device": device.name})
    assert outcome.output is not None
    assert (outcome.output["was_running"], outcome.output["daemon_uptime_s"]) == (True, 0)
    assert miner.state.run.booted == booted
    assert len(miner.state.history.entries("restart")) == 1
