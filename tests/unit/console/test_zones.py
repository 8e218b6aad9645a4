"""Zones as a simulated Core tells them, and a page from the ticks on them to its end."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.valkey import valkey
from apps.operations.steps import run_job
from apps.qsys.models import Page
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support.polling import allow, registered
from tests.unit.console.test_operations import hidden
from tests.unit.qsys.operations.conftest import running

ASKED = "PA.ZoneStatusConfigure"


@pytest.fixture
def host() -> Iterator[CoreHost]:
    yield from running(Core(demo_design(300, 2)))


@pytest.fixture
def core(tenant: Tenant, settings: Any, host: CoreHost) -> Device:
    valkey().flushdb()
    settings.CONFIG = settings.CONFIG
    allow(host)
    return registered(host, of=tenant, name="Lobby", site_path="/plant/hall-a/")


def zones(client: Client, core: Device) -> str:
    answer = client.get(f"/devices/{core.id}/zones/")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_core_is_asked_once_each_time_somebody_looks_at_its_zones(
    core: Device, host: CoreHost, operator: Client, login: Callable[..., Client]
) -> None:
    shell = operator.get(f"/devices/{core.id}/paging/").text
    assert host.core.counts[ASKED] == 0, "the page itself asks nobody"
    (trigger,) = re.findall(r'id="zones"[^>]*hx-trigger="([^"]+)"', shell)
    assert trigger == "load", "a timer would never let the Core rest"
    text = zones(operator, core)
    assert text.count('name="in.zones"') == text.count("Free") == 6
    assert host.core.counts[ASKED] == 1
    looked = zones(login("viewer"), core)
    assert "in.zones" not in looked
    assert "Zone 6" in looked


def test_ticked_zones_are_planned_confirmed_and_stopped(
    core: Device, host: CoreHost, operator: Client
) -> None:
    wanted = {
        "in.device": str(core.id),
        "in.zones": ["1", "3"],
        "in.mode": "live",
        "in.priority": "2",
        "in.station": "Desk",
        "in.description": "Evacuation drill",
        "act": "run",
    }
    plan = operator.post("/operations/qsys.page.submit/", wanted).text
    assert "Zone 3" in plan
    assert host.core.counts["PA.PageSubmit"] == 0
    tokens = {name: hidden(plan, name) for name in ("wish", "confirmation")}
    there = operator.post("/operations/qsys.page.submit/confirm/", tokens)
    assert there.status_code == 302
    assert run_job(Job.system.get(operation="qsys.page.submit").id)
    row = Page.system.get()
    assert row.zone_names == ["Zone 1", "Zone 3"]
    text = zones(operator, core)
    assert text.count("On the air") == 2
    assert "from Desk, priority 2" in " ".join(text.split())
    stop = {"in.page": str(row.id), "act": "run"}
    back = operator.post("/operations/qsys.page.stop/", stop)
    assert back["Location"] == f"/devices/{core.id}/paging/"
    assert host.core.counts["PA.PageStop"] == 1
    assert "stop asked for" in operator.get(back["Location"]).text


def test_ticks_survive_a_mistake(core: Device, operator: Client) -> None:
    wanted = {"in.device": str(core.id), "in.zones": ["1", "3"], "in.mode": "live", "act": "run"}
    answer = operator.post("/operations/qsys.page.submit/", wanted)
    assert answer.status_code == 422
    assert "needs the station spoken at" in answer.text
    assert ">1\n3</textarea>" in answer.text


def test_a_core_that_cannot_be_asked_says_why(core: Device, operator: Client) -> None:
    Device.system.filter(id=core.id).update(address="10.255.0.1")
    text = zones(operator, core)
    assert 'role="alert"' in text
    assert "Ask again" in text
