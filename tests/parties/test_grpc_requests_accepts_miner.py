"""A client that knows gRPC only by reflection finds and drives the simulated miner."""

from __future__ import annotations

from typing import Any

import pytest

from apps.miners.contract.services import SERVICES
from tests.parties.with_miners import run_party
from tests.support.miners import own_address

pytestmark = pytest.mark.party


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    return run_party("grpc_requests_party.py", [own_address(21)])


def test_reflection_lists_every_service_of_the_firmware(seen: dict[str, Any]) -> None:
    newer = {"braiins.bos.v1.AdvancedSettingsService"}
    assert set(SERVICES) - newer <= set(seen["services"])
    assert newer.isdisjoint(seen["services"])


def test_version_is_read_without_login(seen: dict[str, Any]) -> None:
    assert (seen["version"]["major"], seen["version"]["minor"]) == ("1", "10")


def test_login_gives_a_token_of_the_documented_shape(seen: dict[str, Any]) -> None:
    assert len(seen["login"]["token"]) == 16
    assert seen["login"]["token"].isalnum()
    assert seen["login"]["timeout_s"] == 3600


def test_details_carry_real_values(seen: dict[str, Any]) -> None:
    details = seen["details"]
    assert details["bos_version"]["current"] == "2026-04-14-0-912d084c-26.04-plus"
    assert details["bos_mode"] == "BOS_MODE_NAND"
    assert details["miner_identity"]["miner_model"] == "Antminer S19J Pro"


def test_power_target_is_taken(seen: dict[str, Any]) -> None:
    assert seen["target"] == {"power_target": {"watt": "2200"}}


def test_upload_of_something_else_is_refused_in_words(seen: dict[str, Any]) -> None:
    assert "firmware header" in seen["upload"]
