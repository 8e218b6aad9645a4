"""A miner is moved in the network: found again by its MAC, kept, or told to go back."""

from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.miners.services import network
from apps.miners.simulator import SimulatedMiner
from apps.operations.settle import settle_due
from tests.support.minersite import MinerSite, call, confirmed, entries_of, outcome_row

OPERATION = "miners.network.set"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(network, "LOOKS", 8)
    monkeypatch.setattr(network, "STILL_THERE", 3)


def elsewhere(miner: SimulatedMiner, number: int = 90) -> str:
    """Another loopback address, for this process alone."""
    return f"127.{100 + number}.{miner.state.profile.address.split('.', 2)[2]}"


def moving(device: Device, address: str, **more: Any) -> dict[str, Any]:
    gateway = f"{address.split('.', 1)[0]}.{address.split('.')[1]}.0.1"
    return {"device": device.name, "address": f"{address}/16", "gateway": gateway, **more}


@pytest.fixture
def open_network(miner: SimulatedMiner, configure: Any) -> str:
    """The new address may be called; which it is."""
    address = elsewhere(miner)
    configure(device_networks=(*entries_of(miner), f"{address}:{miner.ports.grpc}"))
    return address


def test_a_moved_miner_is_found_by_its_mac_and_moved_here_too(
    miner: SimulatedMiner, device: Device, engineer: Actor, open_network: str
) -> None:
    old = miner.address
    made = confirmed(engineer, OPERATION, moving(device, open_network, hostname="rack-7")).output
    assert made is not None
    assert (made["confirmed"], made["found_at"]) == (True, open_network)
    assert made["mac"] == miner.state.profile.mac
    assert (made["before"]["dhcp"], made["after"]["address"]) == (True, f"{open_network}/16")
    assert Device.system.get(id=device.id).address == miner.address == open_network
    assert miner.state.settings.hostname == "rack-7"
    assert call(engineer, "miners.miner.status", {"device": device.name}).output is not None
    assert old != open_network


def test_a_miner_that_stays_is_told_to_go_back(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, open_network: str
) -> None:
    site.fault(miner, "old_network")
    with pytest.raises(Failure) as caught:
        confirmed(engineer, "configure_network", moving(device, open_network))
    assert caught.value.code is Code.DEVICE_REJECTED
    assert "told to go back" in caught.value.detail
    told = [entry["address"] for entry in miner.state.history.entries("network")]
    assert told == [open_network, miner.state.profile.address]
    assert Device.system.get(id=device.id).address == miner.state.profile.address


def test_a_miner_that_is_lost_is_settled_when_it_answers(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    open_network: str,
    clock: ManualClock,
) -> None:
    Device.system.filter(id=device.id).update(mac=miner.state.profile.mac)
    plan = call(engineer, OPERATION, moving(device, open_network), key="move")
    miner.state.move = lambda address: miner.leave()
    with pytest.raises(Failure) as caught:
        call(
            engineer,
            OPERATION,
            moving(device, open_network),
            key="move",
            confirmation=plan.confirmation,
        )
    assert caught.value.code is Code.INDETERMINATE
    assert miner.state.profile.mac in caught.value.detail
    clock.advance(120)
    assert settle_due() == 0
    miner.state.address = open_network
    site.run(miner.accept())
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(OPERATION).verdict == "ok"
    assert Device.system.get(id=device.id).address == open_network


def test_another_machine_at_the_new_address_is_not_taken_for_it(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, configure: Any
) -> None:
    other = site.miner(2)
    configure(device_networks=entries_of(miner, other))
    miner.state.move = lambda address: miner.leave()
    with pytest.raises(Failure) as caught:
        confirmed(engineer, OPERATION, moving(device, other.address))
    assert caught.value.code is Code.CONFLICT
    assert "Another machine answers" in caught.value.detail
    assert Device.system.get(id=device.id).address == miner.state.profile.address


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "give an address"),
        ({"address": "10.0.0.7/24", "gateway": "10.0.1.1"}, "must be another address"),
        ({"address": "10.0.0.7/24", "gateway": "10.0.0.7"}, "must be another address"),
        ({"address": "10.0.0.7/24"}, "needs its gateway"),
        ({"address": "10.0.0.7/24", "gateway": "10.0.0.1"}, "10.0.0.7"),
        ({"dhcp": True, "hostname": "-bad-"}, "hostname"),
    ],
)
def test_what_would_lose_the_miner_is_refused_before(
    miner: SimulatedMiner, device: Device, engineer: Actor, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(Failure) as caught:
        call(engineer, OPERATION, {"device": device.name, **given}, key="bad")
    assert words in caught.value.detail
    assert miner.state.history.entries("network") == []


def test_an_operator_may_not(
    miner: SimulatedMiner, device: Device, operator: Actor, open_network: str
) -> None:
    with pytest.raises(Failure) as caught:
        call(operator, OPERATION, moving(device, open_network), key="no")
    assert caught.value.code is Code.FORBIDDEN
    assert miner.state.history.entries("network") == []
