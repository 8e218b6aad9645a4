"""Power circuits: their limits, who may set them, and devices that hang on them."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Circuit, Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from tests.support import factories
from tests.unit.fleet.test_operations import NEW, output, refusal

pytestmark = pytest.mark.usefixtures("door")

PDU = {"name": "PDU 3", "site": "/plant/hall-a/", "limit_watts": 16_000}


@pytest.fixture
def engineer(tenant: Tenant, allow: Any) -> Actor:
    allow("10.0.0.0/8")
    factories.site_tree(tenant)
    return factories.actor_of("engineer", tenant)


def test_a_limit_is_saved_changed_listed_and_taken_away(engineer: Actor, tenant: Tenant) -> None:
    made = output(engineer, "circuit.save", **PDU)
    factories.device(tenant, circuit="PDU 3", site_path="/plant/hall-a/")
    factories.device(tenant, circuit="PDU 3", site_path="/plant/hall-b/")
    again = output(engineer, "circuit.save", **{**PDU, "limit_watts": 12_000, "note": "F7"})
    assert (again["circuit"], again["limit_watts"], again["devices"]) == (
        made["circuit"],
        12_000,
        2,
    )
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    (seen,) = output(local, "circuit.list")["circuits"]
    assert (seen["note"], seen["devices"]) == ("F7", 1)
    elsewhere = factories.actor_of("viewer", tenant, site_path="/plant/hall-b/")
    assert output(elsewhere, "circuit.list")["circuits"] == []
    gone = output(engineer, "circuit.delete", circuit=made["circuit"])
    assert gone == {"circuit": made["circuit"], "name": "PDU 3"}
    assert not Circuit.system.exists()
    assert Device.system.filter(circuit="PDU 3").count() == 2


def test_one_name_is_one_circuit_in_the_tenant(engineer: Actor) -> None:
    output(engineer, "circuit.save", **PDU)
    before = list(Circuit.system.values())
    taken = refusal(engineer, "circuit.save", **{**PDU, "site": "/plant/hall-b/"})
    assert (taken.code, "Another place has a circuit" in taken.detail) == (Code.CONFLICT, True)
    assert list(Circuit.system.values()) == before
    other = factories.tenant()
    factories.site_tree(other)
    output(factories.actor_of("engineer", other), "circuit.save", **PDU)


@pytest.mark.parametrize("limit", [0, -1, 10_000_001, 1.5, "many"])
def test_a_limit_is_a_whole_number_of_watts(engineer: Actor, limit: Any) -> None:
    assert refusal(engineer, "circuit.save", **{**PDU, "limit_watts": limit}).code is Code.INVALID
    assert not Circuit.system.exists()


def test_who_may_not_changes_no_limit(engineer: Actor, tenant: Tenant) -> None:
    made = output(engineer, "circuit.save", **PDU)
    before = list(Circuit.system.values())
    for actor in (
        factories.actor_of("operator", tenant),
        factories.actor_of("engineer", tenant, site_path="/plant/hall-b/"),
        factories.actor_of("engineer"),
    ):
        denied = (Code.FORBIDDEN, Code.NOT_FOUND)
        assert refusal(actor, "circuit.save", **{**PDU, "limit_watts": 1}).code in denied
        assert refusal(actor, "circuit.delete", circuit=made["circuit"]).code in denied
    assert list(Circuit.system.values()) == before


def test_a_device_is_registered_and_edited_with_slot_and_circuit(engineer: Actor) -> None:
    made = output(engineer, "device.register", **NEW, circuit="PDU 3", slot="U12")
    assert (made["circuit"], made["slot"]) == ("PDU 3", "U12")
    edited = output(engineer, "device.edit", device="New", circuit="", slot="U2")
    assert edited["before"] == {"circuit": "PDU 3", "slot": "U12"}
    device = Device.system.get()
    assert (device.circuit, device.slot) == ("", "U2")
    long = refusal(engineer, "device.edit", device="New", slot="x" * 21)
    assert (long.code, Device.system.get().slot) == (Code.INVALID, "U2")
