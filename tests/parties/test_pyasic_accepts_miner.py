"""pyasic, unmodified, discovers, reads and drives the simulated miner on its true ports."""

from __future__ import annotations

from typing import Any

import pytest

from apps.miners.simulator import profile_for
from tests.parties.with_miners import run_party
from tests.support.miners import own_address

pytestmark = pytest.mark.party

ADDRESSES = [own_address(number) for number in (31, 32, 33)]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    return run_party("pyasic_party.py", ADDRESSES)


def test_scan_finds_every_miner(seen: dict[str, Any]) -> None:
    assert seen["found"] == sorted(ADDRESSES)


def test_miner_is_known_by_model_and_firmware(seen: dict[str, Any]) -> None:
    assert seen["control"]["class"] == "BOSMinerS19jPro"
    assert seen["data"]["fw_ver"] == "26.04"


def test_identity_is_read(seen: dict[str, Any]) -> None:
    profile, data = profile_for(ADDRESSES[0]), seen["data"]
    assert data["mac"] == profile.mac.upper()
    assert data["serial_number"] == profile.serial
    assert data["psu_serial_number"] == profile.psu_serial
    assert data["hostname"] == profile.hostname


def test_readings_of_all_faces_agree(seen: dict[str, Any]) -> None:
    data = seen["data"]
    boards = sum(board["hashrate"]["rate"] for board in data["hashboards"])
    assert data["is_mining"] is True
    assert data["expected_hashrate"]["rate"] == 104
    assert 0 < data["hashrate"]["rate"] <= boards * 1.02
    assert data["wattage"] <= data["wattage_limit"] == 3068
    assert [board["chips"] for board in data["hashboards"]] == [126, 126, 126]
    assert len([fan for fan in data["fans"] if fan["speed"] > 0]) == 4
    assert data["errors"] == []


def test_pools_and_configuration_are_read(seen: dict[str, Any]) -> None:
    (pool,) = seen["data"]["pools"]
    assert pool["url"] == "stratum+tcp://stratum.braiins.com:3333"
    assert (pool["alive"], pool["active"]) == (True, True)
    assert seen["data"]["config"]["mining_mode"]["power"] == 3068


def test_fault_light_goes_on_and_off(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["light_on"], control["light_read"], control["light_off"]) == (True, True, True)


def test_power_limit_is_taken_within_constraints_only(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["limit_ok"], control["limit_read"]) == (True, 2500)
    assert control["limit_refused"] is False


def test_mining_pauses_and_resumes(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["stop"], control["stopped"]) == (True, True)
    assert (control["resume"], control["resumed"]) == (True, True)


def test_reboot_takes_the_miner_away_and_back(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["restart"], control["reboot"]) == (True, True)
    assert (control["went_away"], control["came_back"]) == (True, True)
