"""Cooling, scaling and boards: within the miner's ranges, read back, taken back."""

from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.models import MinerSnapshot
from apps.miners.simulator import SimulatedMiner
from apps.operations.catalogue import installed
from apps.operations.parsing import read
from apps.operations.settle import settle_due
from tests.support.minersite import MinerSite, call, confirmed, lost, outcome_row

Data = dict[str, Any]
CHANGES: list[tuple[str, Data]] = [
    ("miners.cooling.set", {"mode": "manual", "fan_percent": 90}),
    ("miners.dps.set", {"enabled": True, "power_step_watts": 200, "mode": "boost"}),
    ("miners.board.switch", {"boards": ["2"], "on": False}),
]


def done(actor: Actor, operation: str, data: Data, *, of: str = "") -> Data:
    """The output of a call, confirmed where it disrupts; `of` names the call that it undoes."""
    how = call if "miners.dps.set" in (operation, of) else confirmed
    found = how(actor, operation, data, key=str(new_id())).output
    assert found is not None
    return found


def settings(miner: SimulatedMiner) -> tuple[Any, ...]:
    kept = miner.state.settings
    return str(kept.cooling), str(kept.dps), sorted(kept.boards_off)


@pytest.mark.parametrize(("operation", "data"), CHANGES)
def test_a_change_is_read_back_and_its_reverse_brings_back_what_was(
    miner: SimulatedMiner, device: Device, engineer: Actor, operation: str, data: Data
) -> None:
    before = settings(miner)
    given = {"device": device.name, **data}
    made = done(engineer, operation, given)
    assert made["confirmed"]
    assert settings(miner) != before
    declared = installed().get(operation)
    assert declared.reverse is not None
    back = declared.reverse(engineer, read(declared.input, given), made)
    assert back is not None
    assert done(engineer, operation, {**given, **back})["confirmed"]
    assert settings(miner) == before


@pytest.mark.parametrize(("operation", "data"), CHANGES)
def test_a_change_is_undone_as_an_ordinary_plan(
    miner: SimulatedMiner, device: Device, engineer: Actor, operation: str, data: Data
) -> None:
    before = settings(miner)
    done(engineer, operation, {"device": device.name, **data})
    undone = done(engineer, "miners.change.undo", {"device": device.name}, of=operation)
    assert undone["confirmed"]
    assert settings(miner) == before


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        ("miners.cooling.set", {"mode": "auto", "required_fans": 9}, "0 to 4 fans"),
        ("miners.cooling.set", {"mode": "auto", "hot_c": 99.0}, "temperatures must rise"),
        ("miners.cooling.set", {"mode": "auto", "fan_percent": 50}, "belongs to mode manual"),
        ("miners.dps.set", {"power_step_watts": 20}, "100 to 1000 W"),
        ("miners.dps.set", {"shutdown_hours": 100}, "1 to 72 h"),
        ("miners.board.switch", {"boards": ["7"], "on": False}, "has no '7'"),
        ("miners.board.switch", {"boards": ["1", "2", "3"], "on": False}, "pause the miner"),
    ],
)
def test_what_the_miner_would_not_take_is_refused_and_nothing_is_sent(
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    operation: str,
    data: Data,
    words: str,
) -> None:
    before = settings(miner)
    with pytest.raises(Failure) as caught:
        done(engineer, operation, {"device": device.name, **data})
    assert caught.value.code is Code.INVALID
    assert words in caught.value.detail
    assert (settings(miner), MinerSnapshot.system.exists()) == (before, False)


def test_an_operator_may_not(miner: SimulatedMiner, device: Device, operator: Actor) -> None:
    before = settings(miner)
    for operation, data in CHANGES:
        with pytest.raises(Failure) as caught:
            call(operator, operation, {"device": device.name, **data})
        assert caught.value.code is Code.FORBIDDEN
    assert settings(miner) == before


METHODS = {
    "miners.cooling.set": "SetCoolingMode",
    "miners.dps.set": "SetDPS",
    "miners.board.switch": "DisableHashboards",
}


@pytest.mark.parametrize(("operation", "data"), CHANGES)
def test_a_lost_answer_is_settled(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    clock: ManualClock,
    operation: str,
    data: Data,
) -> None:
    given = {"device": device.name, **data}
    confirmation = None
    if operation != "miners.dps.set":
        confirmation = call(engineer, operation, given).confirmation
    site.fault(miner, "hang", methods=[METHODS[operation]])
    lost(engineer, operation, given, confirmation=confirmation)
    site.reset(miner)
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(operation).verdict == "device_rejected"
