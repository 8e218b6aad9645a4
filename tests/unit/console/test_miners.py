"""Miners by place with the worst first, the page of one, and the course of both."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Tenant
from apps.console.families import circuits, courses, fleet
from apps.console.templatetags.console import hashrate, power
from apps.fleet.models import Circuit, Device, DeviceKind, DeviceState
from apps.kernel import clock
from apps.miners.models import Miner, MinerSample
from apps.miners.rollups import rollups_make
from tests.support import factories

RACK = "/plant/hall-a/rack-1/"
OTHER = "/plant/hall-b/rack-2/"

Login = Callable[..., Client]


def miner(tenant: Tenant, name: str, path: str = RACK, **seen: Any) -> Device:
    """A miner as its poller last read it: `liveness`, and the summary's own fields."""
    place = {key: seen.pop(key) for key in ("slot", "circuit") if key in seen}
    device = factories.device(tenant, name=name, kind=DeviceKind.MINER, site_path=path, **place)
    summary = {
        "status": "normal",
        "terahash": 100.0,
        "watts": 3000,
        "joule_per_terahash": 30.0,
        "chip_c": 61.0,
        **{key: value for key, value in seen.items() if key != "liveness"},
    }
    DeviceState.objects.create(
        device=device,
        liveness=seen.get("liveness", "ok"),
        seen_at=clock.now() - timedelta(seconds=12),
        summary=summary,
    )
    Miner.system.create(
        device=device,
        sticker_terahash=104.0,
        psu_serial=f"PSU-{name}",
        parts_at=clock.now(),
        parts={
            "boards": [
                {"id": "1", "enabled": True, "chips": 126, "terahash": 33.1, "serial": f"B-{name}"}
            ],
            "fans": [{"position": 0, "rpm": 4200}, {"position": 1, "rpm": 0}],
            "pools": [
                {"url": "stratum+tcp://one", "enabled": True, "alive": True, "active": True},
                {"url": "stratum+tcp://two", "enabled": True, "alive": False, "active": False},
            ],
        },
    )
    return device


@pytest.fixture
def farm(tenant: Tenant) -> dict[str, Device]:
    return {
        "fine": miner(tenant, "a-fine"),
        "slow": miner(tenant, "b-slow", terahash=60.0),
        "paused": miner(tenant, "c-paused", status="paused", terahash=0.0, watts=20),
        "lost": miner(tenant, "d-lost", OTHER, liveness="lost"),
    }


def test_the_worst_stand_first_and_sums_are_of_those_that_answer(
    operator: Client, farm: dict[str, Device], tenant: Tenant
) -> None:
    actor = factories.actor_of("operator", tenant)
    found = fleet.rows(actor, "", "")
    names = [one.device.name for one in fleet.worst_first(found)]
    assert names == ["d-lost", "c-paused", "b-slow", "a-fine"]
    words = [fleet.seen(one).shown.word for one in fleet.worst_first(found)]
    assert words == ["Lost", "Paused", "Slow", "Mines"]
    parts = fleet.places(found)
    assert [(one.path, one.total, one.fresh) for one in parts] == [(RACK, 3, 3), (OTHER, 1, 0)]
    assert (parts[0].terahash, parts[0].watts, parts[0].chip_c) == (160.0, 6020.0, 61.0)
    assert parts[1].joule_per_terahash is None
    assert [one.path for one in fleet.below("/plant/", parts)] == [
        "/plant/hall-a/",
        "/plant/hall-b/",
    ]
    assert fleet.together("/", parts).silent == 1
    text = operator.get("/miners/").content.decode()
    assert text.rindex(">d-lost<") < text.rindex(">c-paused<") < text.rindex(">a-fine<")
    assert "160.0 TH/s" in text
    assert "1 silent" in text


def test_place_and_search_narrow_the_page(operator: Client, farm: dict[str, Device]) -> None:
    here = operator.get("/miners/", {"site": "/plant/hall-a/"}).content.decode()
    assert "d-lost" not in here
    assert "a-fine" in here
    found = operator.get("/miners/", {"q": "slow"}).content.decode()
    assert "b-slow" in found
    assert "a-fine" not in found
    assert "No miner fits" in operator.get("/miners/", {"q": "nothing"}).content.decode()
    silent = operator.get("/devices/", {"kind": "miner", "liveness": "silent"}).content.decode()
    assert "d-lost" in silent
    assert "a-fine" not in silent


def test_a_grant_on_one_hall_shows_its_racks_only(
    login: Login, tenant: Tenant, farm: dict[str, Device]
) -> None:
    text = login("operator", site_path="/plant/hall-b/").get("/miners/").content.decode()
    assert "d-lost" in text
    assert "a-fine" not in text
    foreign = login("operator", of=factories.tenant()).get("/miners/").content.decode()
    assert "No miners yet" in foreign


def test_the_page_of_a_miner_has_its_parts(operator: Client, farm: dict[str, Device]) -> None:
    text = operator.get(reverse("console:device", args=(farm["fine"].id,))).content.decode()
    for word in ("Hottest chip", "4200 rpm", "Stands still", "stratum+tcp://two", "Dead", "126"):
        assert word in text
    assert reverse("console:miner-history", args=(farm["fine"].id,)) in text


def test_parts_are_found_by_their_serial_numbers(operator: Client, farm: dict[str, Device]) -> None:
    page = operator.get(reverse("console:device", args=(farm["fine"].id,))).content.decode()
    for serial in ("PSU-a-fine", "B-a-fine"):
        assert f">{serial}<" in page
        text = operator.get("/miners/", {"q": serial}).content.decode()
        assert ("a-fine" in text, "b-slow" in text) == (True, False)


def test_a_rack_is_drawn_as_its_slots_are(operator: Client, tenant: Tenant) -> None:
    for slot, name in (("U10", "ten"), ("", "none"), ("U2", "two"), ("A1", "first")):
        miner(tenant, name, slot=slot)
    actor = factories.actor_of("operator", tenant)
    found = fleet.rows(actor, "", "")
    (rack,) = fleet.racks(found, fleet.places(found))
    assert [one.miner.device.name for one in rack.cells] == ["first", "two", "ten", "none"]
    text = operator.get("/miners/").content.decode()
    assert '<span class="slot">U10</span> ten' in text


def test_circuits_are_shown_against_their_limits(
    operator: Client, login: Login, tenant: Tenant
) -> None:
    for number in range(3):
        miner(tenant, f"a-{number}", circuit="A", path=RACK if number else OTHER)
    miner(tenant, "b", circuit="B", liveness="lost")
    miner(tenant, "c", circuit="C & D")
    for name, limit in (("A", 10_000), ("B", 3_000)):
        row = {"tenant_id": tenant.id, "path": "/plant/", "name": name, "limit_watts": limit}
        Circuit.system.create(**row, saved_by="admin")
    found = circuits.loads(
        factories.actor_of("operator", tenant),
        fleet.rows(factories.actor_of("operator", tenant), RACK, ""),
    )
    assert [(one.name, one.total, one.watts, one.percent, one.tone) for one in found] == [
        ("A", 3, 9_000, 90, "warn"),
        ("C & D", 1, 3_000, None, "ok"),
        ("B", 1, 0, 0, "ok"),
    ]
    text = operator.get("/miners/").content.decode()
    assert "90 %" in text
    assert "0 of 1 miners answer" in text
    assert "0 % at least" in text
    assert "?name=C%20%26%20D" not in text, "an operator gives no limits"
    assert "?name=C%20%26%20D" in login("engineer").get("/miners/").content.decode()
    assert 'id="circuits"' not in operator.get("/miners/", {"q": "nothing"}).content.decode()


@pytest.mark.parametrize("last", ["30m", "1d", "30d"])
def test_courses_of_a_miner_and_of_its_place(
    operator: Client, farm: dict[str, Device], last: str
) -> None:
    now = clock.now()
    MinerSample.objects.bulk_create(
        MinerSample(
            device_id=farm["fine"].id,
            at=now - timedelta(seconds=15 * number),
            terahash=100.0,
            watts=3000,
            chip_c=61.0,
            accepted=1,
            rejected=0,
        )
        for number in range(1, 80)
    )
    rollups_make()
    one = operator.get(
        reverse("console:miner-history", args=(farm["fine"].id,)), {"last": last}
    ).content.decode()
    assert 'id="chart-work"' in one
    assert "100.0" in one
    place = operator.get("/miners/history/", {"site": RACK, "last": last}).content.decode()
    assert "Miners heard" in place
    assert "plant / hall-a / rack-1" in place


def test_an_empty_course_says_so(operator: Client, farm: dict[str, Device]) -> None:
    url = reverse("console:miner-history", args=(farm["lost"].id,))
    assert "Nothing was measured" in operator.get(url).content.decode()
    assert operator.get(url, {"from": "2099-01-01T00:00"}).status_code == 422


def test_a_foreign_miner_has_no_course(login: Login, farm: dict[str, Device]) -> None:
    url = reverse("console:miner-history", args=(farm["fine"].id,))
    assert login("operator", of=factories.tenant()).get(url).status_code == 404
    assert login("operator", site_path="/plant/hall-b/").get(url).status_code == 404
    core = factories.device(factories.tenant())
    assert (
        login("operator").get(reverse("console:miner-history", args=(core.id,))).status_code == 404
    )


def test_a_missed_poll_is_no_gap_and_silence_is_one() -> None:
    assert courses.bridged([1.0, None, 2.0], 1) == [1.0, 1.0, 2.0]
    assert courses.bridged([1.0, None, None, 2.0], 1) == [1.0, 1.0, None, 2.0]
    assert courses.bridged([None, None], 3) == [None, None]


@pytest.mark.parametrize(
    ("value", "rate", "watts"),
    [
        (0.0, "0.0 TH/s", "0 W"),
        (999.0, "999.0 TH/s", "999 W"),
        (12_340.0, "12.3 PH/s", "12.3 kW"),
        (2_500_000.0, "2.50 EH/s", "2.5 MW"),
    ],
)
def test_sums_are_told_in_the_unit_that_fits(value: float, rate: str, watts: str) -> None:
    assert (hashrate(value), power(value)) == (rate, watts)
