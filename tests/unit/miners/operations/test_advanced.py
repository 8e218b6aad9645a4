"""Advanced settings: within the schema the miner tells, all or none, and taken back."""

from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.simulator import SimulatedMiner
from apps.operations.settle import settle_due
from tests.support.miners import NEW_VERSION
from tests.support.minersite import (
    MinerSite,
    call,
    confirmed,
    lost,
    outcome_row,
)

SET = "miners.settings.set"


@pytest.fixture
def miner(miner: SimulatedMiner) -> SimulatedMiner:
    """One whose firmware has them."""
    miner.state.version = NEW_VERSION
    return miner


def asked(device: Device, **settings: Any) -> dict[str, Any]:
    return {"device": device.name, "settings": settings}


def refused(actor: Actor, data: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        confirmed(actor, SET, data)
    return caught.value


def reason(actor: Actor, data: dict[str, Any]) -> str:
    found = call(actor, SET, data, dry_run=True)
    assert found.plan is not None
    (refusal,) = found.plan.refusals
    return refusal.reason


def test_each_is_listed_with_what_it_takes(device: Device, engineer: Actor) -> None:
    found = call(engineer, "miners.settings.list", {"device": device.name}).output
    assert found is not None
    rows = {one["name"]: one for one in found["settings"]}
    assert list(rows) == sorted(rows)
    assert (rows["rambo_mode"]["value"], rows["rambo_mode"]["default"]) == (False, False)
    assert "0" in rows["min_fan_pwm"]["allowed"]
    assert "100" in rows["min_fan_pwm"]["allowed"]


def test_some_are_set_and_the_change_is_undone(
    miner: SimulatedMiner, device: Device, engineer: Actor
) -> None:
    found = confirmed(engineer, SET, asked(device, min_fan_pwm=20, rambo_mode=True)).output
    assert found is not None
    assert (found["before"], found["confirmed"]) == ({"min_fan_pwm": 0, "rambo_mode": False}, True)
    assert miner.state.settings.advanced == {"min_fan_pwm": 20, "rambo_mode": True}
    back = confirmed(engineer, SET, asked(device, rambo_mode=None)).output
    assert back is not None
    assert back["after"] == {"rambo_mode": False}
    confirmed(engineer, "miners.change.undo", {"device": device.name})
    assert miner.state.settings.advanced["rambo_mode"] is True
    assert miner.state.settings.advanced["min_fan_pwm"] == 20


def test_what_is_there_already_is_not_sent(
    miner: SimulatedMiner, device: Device, engineer: Actor
) -> None:
    confirmed(engineer, SET, asked(device, rambo_mode=False))
    assert miner.state.history.entries("advanced") == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"rambo": True}, "is no setting of this firmware. Did you mean 'rambo_mode'?"),
        ({"min_fan_pwm": 300}, "300"),
        ({"min_fan_pwm": 20, "rambo_mode": "yes"}, "'yes'"),
    ],
)
def test_one_that_the_miner_would_not_take_stops_all(
    miner: SimulatedMiner, device: Device, engineer: Actor, wanted: dict[str, Any], words: str
) -> None:
    assert words in reason(engineer, asked(device, **wanted))
    assert miner.state.settings.advanced == {}


def test_firmware_without_them_says_so(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor
) -> None:
    site.fault(miner, "unimplemented", methods=["GetSettingsSchema", "GetSettings"])
    failure = refused(engineer, asked(device, rambo_mode=True))
    assert failure.code is Code.DEVICE_REJECTED
    assert "does not have that command" in failure.detail


def test_a_lost_answer_is_settled_by_what_the_miner_has(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, clock: ManualClock
) -> None:
    key, data = str(new_id()), asked(device, rambo_mode=True)
    plan = call(engineer, SET, data, key=key)
    site.fault(miner, "hang", methods=["SetSettings"])
    lost(engineer, SET, data, key=key, confirmation=plan.confirmation)
    site.reset(miner)
    miner.state.settings.advanced = {"rambo_mode": True}
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(SET).verdict == "ok"


def test_denied_means_nothing_is_sent(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    assert refused(operator, asked(device, rambo_mode=True)).code is Code.FORBIDDEN
    assert miner.state.history.entries("advanced") == []
