"""pyasic-rs, unmodified, scans a /24 of simulated miners and drives one while ours reads along."""

from __future__ import annotations

import os
from typing import Any

import pytest

from apps.miners.simulator import FIRMWARE, profile_for
from tests.parties.with_miners import run_party

pytestmark = pytest.mark.party

MINERS = 250
PREFIX = f"127.{150 + os.getpid() % 40}.{os.getpid() >> 6 & 255}"
ADDRESSES = [f"{PREFIX}.{last}" for last in range(1, MINERS + 1)]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    return run_party("pyasic_rs_party.py", ADDRESSES)


def test_scan_of_a_subnet_finds_every_miner(seen: dict[str, Any]) -> None:
    assert set(seen["found"]) == set(ADDRESSES)


def test_readings_are_those_of_the_miner(seen: dict[str, Any]) -> None:
    data, profile = seen["control"]["data"], profile_for(ADDRESSES[0])
    assert (data["firmware_version"], data["api_version"]) == (FIRMWARE, "1.3.0")
    assert (data["mac"], data["serial_number"]) == (profile.mac.upper(), profile.serial)
    assert (data["expected_hashrate"]["value"], data["is_mining"]) == (104, True)
    assert [board["working_chips"] for board in data["hashboards"]] == [126, 126, 126]
    assert data["tuning_capabilities"]["power"]["maximum"]["value"] == 3800
    assert data["pools"][0]["pools"][0]["alive"] is True


def test_mining_pauses_and_resumes(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["pause"], control["paused"]) == (True, True)
    assert (control["resume"], control["resumed"]) == (True, True)


def test_power_limit_and_pools_are_taken(seen: dict[str, Any]) -> None:
    control = seen["control"]
    assert (control["limit"], control["target"]) == (True, "TuningTarget.power(watts=2500.0)")
    ((pool,),) = (group["pools"] for group in control["pools"])
    assert control["pools_set"] is True
    assert (pool["url"], pool["user"]) == ("stratum+tcp://pool.example:3333", "party.1")


def test_light_goes_on(seen: dict[str, Any]) -> None:
    assert (seen["control"]["light"], seen["control"]["lit"]) == (True, True)


def test_our_own_client_read_along(seen: dict[str, Any]) -> None:
    assert seen["ours"]["readings"] > 20
    assert seen["ours"]["failures"] == []
