"""Looking through a range: what answers is judged, nothing is registered, silence is no end."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Credential, Device, DiscoveryRange
from apps.fleet.services import credential_set, device_retire, range_save
from apps.kernel.errors import Code, Failure
from apps.miners.discovery import asking, scanning
from apps.miners.models import Find, Miner
from tests.support import factories
from tests.support.minersite import call, is_over, job_of, registered, work
from tests.support.yard import LOGIN, Yard, other_miner, swallowing, version

pytestmark = pytest.mark.django_db


def test_what_answers_is_told_apart_and_nothing_is_registered(yard: Yard, tenant: Tenant) -> None:
    new, known, locked = (yard.miner(place) for place in range(3))
    device = registered(tenant, known)
    yard.site.fault(locked, "auth_reset", password="somebody else's")
    yard.miner(9)  # outside of the allow-list: it answers, and nobody asks
    with other_miner(yard.site, yard.at(3), version(BMMiner="2.0", Type="Antminer S19")):
        found = yard.scan()
    assert found["verdicts"] == {"new": 1, "known": 1, "locked": 1, "foreign": 1}
    assert (found["asked"], found["outside"], found["silent"]) == (8, 6, [])
    first = found["finds"][0]
    assert (first["serial"], first["mac"], first["psu_serial"], first["site"], first["device"]) == (
        new.state.profile.serial,
        new.state.profile.mac,
        new.state.profile.psu_serial,
        yard.range.path,
        None,
    )
    assert found["finds"][1]["name"] == device.name
    assert yard.verdicts() == {
        0: ("new", ""),
        1: ("known", ""),
        2: ("locked", "It does not accept the range's log-in; set secrets with fleet.range.save."),
        3: (
            "foreign",
            "A miner without Braiins OS's public API: Type Antminer S19 BMMiner 2.0.",
        ),
    }
    assert Device.system.count() == Miner.system.count() + 1 == Credential.objects.count() == 1


def test_a_registered_miner_is_asked_with_its_own_log_in(yard: Yard, tenant: Tenant) -> None:
    miner = yard.miner(0)
    yard.site.fault(miner, "auth_reset", password="its own")
    credential_set(registered(tenant, miner), {**LOGIN, "password": "its own"})
    assert yard.scan()["verdicts"] == {"known": 1}


def test_without_a_log_in_it_says_what_to_do(yard: Yard) -> None:
    DiscoveryRange.system.update(sealed=b"")
    yard.miner(0)
    yard.scan()
    words = "It wants a log-in and the range has none; set secrets with fleet.range.save."
    assert yard.verdicts() == {0: ("locked", words)}


@pytest.mark.parametrize(
    "answer", [b"", b"[" * 10_000, b"\xff\xfe", b'{"VERSION":[7]}', b'{"VERSION":{"a":1}}\0']
)
def test_garbage_on_port_4028_is_nobody(yard: Yard, answer: bytes) -> None:
    with other_miner(yard.site, yard.at(0), answer):
        assert yard.scan()["verdicts"] == {}


def test_a_moved_miner_is_known_again_by_any_of_its_marks(yard: Yard, tenant: Tenant) -> None:
    by_serial, by_mac, by_uid = (yard.miner(place) for place in range(3))
    registered(tenant, by_serial)
    registered(tenant, by_mac, serial="", mac=by_mac.state.profile.mac)
    third = registered(tenant, by_uid, serial="", mac="")
    Miner.system.create(device=third, uid=by_uid.state.profile.uid)
    for place, miner in enumerate((by_serial, by_mac, by_uid)):
        yard.move(miner, 4 + place)
    assert yard.scan()["verdicts"] == {"moved": 3}
    words = f"It is {third.name}, registered at {yard.at(2)}."
    assert yard.verdicts()[6] == ("moved", words)


def test_twins_are_shown_as_a_conflict(yard: Yard) -> None:
    one = yard.miner(0).state.profile
    yard.miner(1, mac=one.mac)
    yard.miner(2, uid=one.uid)
    yard.miner(3)
    assert yard.scan()["verdicts"] == {"conflict": 3, "new": 1}
    assert yard.at(1) in yard.verdicts()[0][1]
    assert yard.at(2) in yard.verdicts()[0][1]
    assert f"found at {yard.at(0)} too" in yard.verdicts()[1][1]


def test_marks_that_contradict_what_is_registered_are_a_conflict(
    yard: Yard, tenant: Tenant
) -> None:
    profiles = [yard.miner(place).state.profile for place in range(3)]
    registered(tenant, yard.site.miners[yard.at(0)], serial="OTHER", mac=profiles[0].mac)
    registered(tenant, yard.site.miners[yard.at(1)], mac="00:11:22:33:44:55")
    factories.device(tenant, kind="miner", serial=profiles[2].serial)
    factories.device(tenant, kind="miner", mac=profiles[2].mac)
    assert yard.scan()["verdicts"] == {"conflict": 3}
    assert "and another serial number" in yard.verdicts()[0][1]
    assert "and another MAC address" in yard.verdicts()[1][1]
    assert "belong to several devices" in yard.verdicts()[2][1]


def test_one_that_answers_where_it_is_registered_has_not_moved(yard: Yard, tenant: Tenant) -> None:
    miner = yard.miner(0)
    device = registered(tenant, miner, serial=miner.state.profile.serial)
    Device.system.filter(id=device.id).update(address="127.9.9.9")
    yard.scan()
    assert yard.verdicts()[0][0] == "moved"
    yard.clock.advance(5)
    device.state.__class__.objects.filter(device=device).update(seen_at=yard.clock.now())
    assert yard.verdicts()[0] == (
        "conflict",
        f"{device.name} has answered at its own address since; scan again.",
    )


def test_absence_deletes_nothing(yard: Yard, tenant: Tenant) -> None:
    here, gone = yard.miner(0), yard.miner(1)
    device = registered(tenant, gone)
    yard.scan()
    before = list(Find.system.filter(address=yard.at(1)).values())
    yard.site.run(here.refuse())
    yard.site.run(gone.refuse())
    found = yard.scan()
    assert (found["verdicts"], found["silent"]) == ({}, [device.name])
    said = ("gone", "It did not answer at the last scan.")
    assert yard.verdicts() == {0: said, 1: said}
    assert list(Find.system.filter(address=yard.at(1)).values()) == before
    assert Device.system.get().status == "active"


def test_a_device_registered_by_hand_is_not_new(yard: Yard, tenant: Tenant) -> None:
    registered(tenant, yard.miner(0), serial="")
    device_retire(registered(tenant, yard.miner(1)))
    yard.scan()
    verdict, words = yard.verdicts()[0]
    assert (verdict, "has not told the poller yet" in words) == ("known", True)
    assert yard.verdicts()[1] == ("new", "")


def test_a_device_that_the_caller_may_not_see_is_not_named(yard: Yard, tenant: Tenant) -> None:
    device = registered(tenant, yard.miner(0), site_path="/plant/secret/", name="hidden")
    Device.system.filter(id=device.id).update(address="127.9.9.9")
    yard.actor = factories.actor_of("engineer", tenant, site_path="/plant/hall-a/")
    found = yard.scan()
    assert (found["finds"][0]["verdict"], found["finds"][0]["device"]) == ("moved", None)
    assert yard.verdicts()[0] == ("moved", "It is a device that you may not see.")


def test_steps_show_how_far_it_is_and_a_cancelled_scan_changes_no_verdict(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "STEP", 3)
    miner = yard.miner(0)
    yard.scan()
    yard.site.run(miner.refuse())
    yard.clock.advance(1)
    job = call(yard.actor, "miners.discovery.scan", {"range": str(yard.range.id)}).job
    assert job is not None
    work(lambda: job_of(job.id).done == 3, clock=yard.clock)
    assert (job_of(job.id).total, job_of(job.id).sentence) == (
        8,
        f"3 of 8 addresses of {yard.range.network} asked.",
    )
    call(yard.actor, "jobs.job.cancel", {"job": str(job.id)})
    work(lambda: is_over(job.id), clock=yard.clock)
    assert job_of(job.id).state == "cancelled"
    assert yard.verdicts() == {0: ("new", "")}


def test_a_range_deleted_during_its_scan_gets_no_finds(yard: Yard) -> None:
    row = DiscoveryRange.system.get()
    DiscoveryRange.system.all().delete()
    with pytest.raises(Failure) as caught:
        scanning.keep(row, [])
    assert (caught.value.code, Find.system.count()) == (Code.NOT_FOUND, 0)


def test_of_two_scans_at_once_the_later_start_counts(yard: Yard) -> None:
    early, late = yard.clock.now(), yard.clock.advance(5) or yard.clock.now()
    for began in (late, early):
        scanning.finish(yard.range, began)
    assert DiscoveryRange.system.get().scanned_at == late


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_not_configure_scans_nothing(yard: Yard, tenant: Tenant, role: str) -> None:
    miner = yard.miner(0)
    for actor in (
        factories.actor_of(role, tenant),
        factories.actor_of("engineer", tenant, site_path="/plant/hall-b/"),
        factories.actor_of("engineer"),
    ):
        with pytest.raises(Failure) as caught:
            call(actor, "miners.discovery.scan", {"range": str(yard.range.id)})
        assert caught.value.code in (Code.FORBIDDEN, Code.NOT_FOUND)
    assert not Find.system.exists()
    assert miner.state.history.entries("login") == []


def test_a_range_of_another_driver_says_so(yard: Yard, tenant: Tenant, configure: Any) -> None:
    configure(device_networks=("10.0.0.0/8",))
    row, _ = range_save(
        site=factories.site(tenant),
        network="10.9.0.0/30",
        driver_name="qsys",
        secrets=None,
        saved_by="admin",
    )
    job = call(yard.actor, "miners.discovery.scan", {"range": str(row.id)}).job
    assert job is not None
    work(lambda: is_over(job.id), clock=yard.clock)
    assert "only braiins is looked for" in job_of(job.id).failure_detail


def test_one_that_takes_connections_and_says_nothing_is_no_stranger(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER_S", 0.2)
    monkeypatch.setattr(asking, "DETAILS_S", 0.4)
    yard.site.fault(yard.miner(0), "hang")
    assert yard.scan()["verdicts"] == {"locked": 1}
    assert yard.verdicts()[0] == ("locked", asking.MUTE)


@pytest.mark.parametrize("other", [True, False])
def test_a_port_that_swallows_connections_hides_nothing_else(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    """As behind a firewall: what else answers is found, and a silent host is nobody."""
    monkeypatch.setattr(asking, "ANSWER_S", 0.3)
    place = 0 if other else 1
    with swallowing(yard.at(place), 50051), other_miner(yard.site, yard.at(0), version(API="3.7")):
        found = yard.scan()
    assert [one["address"] for one in found["finds"]] == [yard.at(0)]
    assert found["verdicts"] == {"foreign": 1}


def test_finds_are_listed_page_by_page(yard: Yard, tenant: Tenant) -> None:
    for place in range(3):
        yard.miner(place)
    yard.scan()
    page = call(yard.actor, "miners.discovery.list", {"offset": 1, "limit": 1}).output
    assert page is not None
    assert ([one["address"] for one in page["finds"]], page["total"]) == ([yard.at(1)], 3)
    elsewhere = factories.actor_of("viewer", tenant, site_path="/plant/hall-b/")
    assert yard.verdicts(elsewhere) == {}
