"""The demo's miners stand in slots and hang on circuits with limits; seeding again adds nothing."""

from typing import Any

import pytest

from apps.fleet.models import Circuit, Device
from apps.ops.demo import fleet
from apps.ops.launcher.site import allowed
from tests.support import factories

NETWORK = "127.20"


@pytest.mark.django_db
def test_miners_stand_in_slots_and_hang_on_their_rack_s_pdu(settings: Any) -> None:
    networks = tuple(allowed(NETWORK).split(","))
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": networks})
    default, other = factories.tenant("default"), factories.tenant("other")
    for _ in range(2):
        fleet.seed(NETWORK)
    devices = Device.system.filter(tenant=default)
    assert sorted(devices.filter(circuit="PDU R1").values_list("name", "slot")) == [
        ("Miner 01", "1"),
        ("Miner 02", "2"),
        ("Miner 03", "3"),
        ("Miner 04", "4"),
    ]
    assert set(devices.filter(kind="core").values_list("slot", "circuit")) == {("", "")}
    assert sorted(Circuit.system.values_list("tenant_id", "path", "limit_watts")) == sorted(
        [(default.id, f"/mine/hall-1/r{number}/", 14_000) for number in (1, 2, 3)]
        + [(other.id, "/mine/hall-1/r3/", 14_000)]
    )
