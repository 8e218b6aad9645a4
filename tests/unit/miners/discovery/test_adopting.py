"""Adopting finds: registered or re-linked through a confirmed plan, all of them or none."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.fleet.models import Credential, Device, DeviceState
from apps.fleet.services import device_create
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.miners.discovery import adopting
from apps.miners.models import Find, Miner
from apps.operations.outcome import Status
from tests.support import factories
from tests.support.minersite import call, outcome_row, registered
from tests.support.yard import HALL, Yard

pytestmark = pytest.mark.django_db


def everything() -> tuple[Any, ...]:
    """All that an adoption could change."""
    return (
        list(Device.system.order_by("id").values()),
        list(Miner.system.order_by("device").values()),
        list(Credential.objects.order_by("id").values()),
        list(DeviceState.objects.order_by("device").values()),
        Outbox.objects.filter(type__startswith="fleet.").count(),
    )


def refusal(yard: Yard, *finds: str, **more: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(yard.actor, "miners.discovery.adopt", {"finds": list(finds), **more})
    return caught.value


def test_new_ones_are_registered_with_all_they_told(yard: Yard, tenant: Tenant) -> None:
    miner = yard.miner(0, hostname="rig 7/a")
    factories.device(tenant, name="rig-7-a")
    yard.scan()
    adopted = yard.adopt(0, tags=["found"])["adopted"]
    profile = miner.state.profile
    device = Device.system.get(address=miner.address)
    assert adopted[0] == {
        "find": yard.find(0),
        "device": str(device.id),
        "name": f"rig-7-a-{profile.serial[-6:]}",
        "verdict": "registered",
        "before": "",
        "address": miner.address,
    }
    assert (device.name, device.site_path, device.serial, device.mac, device.tags) == (
        adopted[0]["name"],
        HALL,
        profile.serial,
        profile.mac,
        ["found"],
    )
    assert (device.miner.uid, device.miner.psu_serial) == (profile.uid, profile.psu_serial)
    sealed = bytes(device.credential.sealed)
    assert keyring().unseal(sealed) == b'{"username":"root","password":"root"}'
    assert yard.verdicts() == {0: ("known", "")}
    row = outcome_row("miners.discovery.adopt")
    assert (row.verdict, row.after) == ("ok", {device.name: miner.address})


def test_a_moved_one_keeps_its_id_and_its_log_in(yard: Yard, tenant: Tenant) -> None:
    miner = yard.miner(0)
    device = registered(tenant, miner, site_path="/plant/hall-b/", tags=["mine"])
    before = everything()
    yard.move(miner, 5)
    yard.scan()
    plan = call(yard.actor, "miners.discovery.adopt", {"finds": [yard.find(5)]}).plan
    assert plan is not None
    assert [(one.what, one.before, one.after) for one in plan.changes] == [
        ("address", yard.at(0), yard.at(5))
    ]
    assert everything() == before
    adopted = yard.adopt(5, site=HALL)["adopted"][0]
    assert (adopted["device"], adopted["verdict"], adopted["before"]) == (
        str(device.id),
        "moved",
        yard.at(0),
    )
    after = Device.system.get()
    assert (after.id, after.address, after.site_path, after.tags) == (
        device.id,
        yard.at(5),
        "/plant/hall-b/",
        ["mine"],
    )
    assert Credential.objects.get().version == 1
    assert yard.verdicts() == {5: ("known", "")}


def test_two_that_changed_places_are_both_found_again(yard: Yard, tenant: Tenant) -> None:
    one, two = yard.miner(0), yard.miner(1)
    devices = {registered(tenant, each).id: each.state.profile.serial for each in (one, two)}
    yard.move(one, 2)
    yard.move(two, 0)
    yard.move(one, 1)
    yard.scan()
    yard.adopt(0, 1)
    assert {one.id: one.serial for one in Device.system.all()} == devices
    assert set(Device.system.values_list("serial", "address")) == {
        (one.state.profile.serial, yard.at(1)),
        (two.state.profile.serial, yard.at(0)),
    }


def test_one_that_cannot_be_adopted_stops_all(yard: Yard, tenant: Tenant) -> None:
    yard.miner(0)
    device = registered(tenant, yard.miner(1))
    twin = yard.miner(2).state.profile
    yard.miner(3, mac=twin.mac)
    yard.scan()
    before = everything()
    known = refusal(yard, yard.find(0), yard.find(1))
    assert (known.code, known.detail) == (
        Code.CONFLICT,
        f"{yard.at(1)} is {device.name} already.",
    )
    assert "is in conflict. The same machine was found at" in refusal(yard, yard.find(2)).detail
    data = {"finds": [yard.find(0), yard.find(1)]}
    plan = call(yard.actor, "miners.discovery.adopt", data, dry_run=True).plan
    assert plan is not None
    assert [one.reason for one in plan.refusals] == [known.detail, adopting.WAITS]
    assert everything() == before


def test_what_is_taken_between_two_rows_undoes_the_first(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody registers the second one by hand at the same moment."""
    yard.miner(0)
    second = yard.miner(1).state.profile
    yard.scan()

    def hasty(**fields: Any) -> Device:
        if fields["serial"] == second.serial:
            device_create(**{**fields, "name": "by hand", "mac": ""})
        return device_create(**fields)

    monkeypatch.setattr(adopting, "device_create", hasty)
    before = everything()
    with pytest.raises(Failure) as caught:
        yard.adopt(0, 1)
    assert (caught.value.code, caught.value.detail) == (
        Code.CONFLICT,
        "There is a device with that serial number already.",
    )
    assert everything() == before


def test_a_second_confirmation_registers_nothing_twice(yard: Yard) -> None:
    yard.miner(0)
    yard.scan()
    data = {"finds": [yard.find(0), yard.find(0)]}
    plan = call(yard.actor, "miners.discovery.adopt", data)
    once = call(yard.actor, "miners.discovery.adopt", data, confirmation=plan.confirmation)
    assert once.status is Status.OK
    with pytest.raises(Failure) as caught:
        call(yard.actor, "miners.discovery.adopt", data, confirmation=plan.confirmation)
    assert caught.value.code is Code.CONFLICT
    assert Device.system.count() == 1


def test_many_need_a_second_person(yard: Yard, tenant: Tenant) -> None:
    type(tenant).objects.filter(id=tenant.id).update(batch_threshold=1)
    for place in range(2):
        yard.miner(place)
    yard.scan()
    data = {"finds": [yard.find(0), yard.find(1)]}
    first = call(yard.actor, "miners.discovery.adopt", data)
    asked = call(yard.actor, "miners.discovery.adopt", data, confirmation=first.confirmation)
    assert asked.status is Status.NEEDS_APPROVAL
    assert not Device.system.exists()
    approver = factories.actor_of("approver", tenant)
    assert asked.approval is not None
    call(approver, "operations.approval.grant", {"approval": str(asked.approval.id)})
    call(yard.actor, "miners.discovery.adopt", data, confirmation=asked.confirmation)
    assert Device.system.count() == 2


def test_an_old_find_is_scanned_again_first(yard: Yard) -> None:
    yard.miner(0)
    yard.scan()
    yard.clock.advance(adopting.OLDEST.total_seconds() + 1)
    assert "looked at too long ago; scan its range again" in refusal(yard, yard.find(0)).detail
    assert not Device.system.exists()


def test_who_may_not_adopts_nothing(yard: Yard, tenant: Tenant) -> None:
    new, moved = yard.miner(0), yard.miner(1)
    registered(tenant, moved, site_path="/plant/secret/")
    yard.move(moved, 2)
    yard.scan()
    before = everything()
    factories.site(tenant, "/plant/hall-b/")
    local = factories.actor_of("engineer", tenant, site_path=HALL)
    cases = (
        (factories.actor_of("operator", tenant), 0, {}),
        (factories.actor_of("engineer", tenant, site_path="/plant/hall-b/"), 0, {}),
        (factories.actor_of("engineer"), 0, {}),
        (local, 0, {"site": "/plant/hall-b/"}),
        (local, 2, {}),
    )
    for actor, place, more in cases:
        with pytest.raises(Failure) as caught:
            call(actor, "miners.discovery.adopt", {"finds": [yard.find(place)], **more})
        assert caught.value.code in (Code.FORBIDDEN, Code.NOT_FOUND)
    assert everything() == before
    assert new.state.history.entries("reboot") == []
    assert Find.system.count() == 2
