"""The page that finds miners: ranges, a scan as a job, finds by state, adoption by a plan."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Tenant
from apps.fleet.models import Device, DiscoveryRange
from apps.fleet.services import range_login
from apps.jobs.models import Job
from apps.kernel import clock
from apps.miners.models import Find
from tests.support import factories

Login = Callable[..., Client]
URL = "/miners/discovery/"
HALL = "/plant/hall-a/"


@pytest.fixture
def found(tenant: Tenant, settings: Any) -> DiscoveryRange:
    """A scanned range with a new miner, a known one and one that is locked."""
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": ("10.0.0.0/8",)})
    factories.site(tenant, HALL)
    now = clock.now()
    row = DiscoveryRange.system.create(
        tenant_id=tenant.id,
        path=HALL,
        network="10.1.0.0/28",
        driver="braiins",
        saved_by="admin",
        scanned_at=now,
    )
    known = factories.device(tenant, kind="miner", address="10.1.0.2", name="miner-2")
    for host, answer, serial in (
        ("10.1.0.10", "identified", "NEW1"),
        ("10.1.0.2", "identified", known.serial),
        ("10.1.0.3", "locked", ""),
    ):
        Find.system.create(
            tenant_id=tenant.id,
            path=HALL,
            range=row,
            address=host,
            answer=answer,
            serial=serial,
            words="<b>odd</b>",
            seen_at=now,
        )
    return row


def text_of(client: Client, **query: Any) -> str:
    return client.get(URL, query).content.decode()


def test_finds_are_listed_with_what_has_to_be_done_first(
    engineer: Client, found: DiscoveryRange
) -> None:
    text = text_of(engineer, range=found.id)
    places = [text.index(f">{host}<") for host in ("10.1.0.10", "10.1.0.3", "10.1.0.2")]
    assert places == sorted(places)
    assert "&lt;b&gt;odd" in text
    assert text.count('name="find"') == 1
    assert reverse("console:device", args=(Device.system.get(name="miner-2").id,)) in text
    locked = text_of(engineer, range=found.id, show="locked")
    assert "10.1.0.3" in locked
    assert "10.1.0.10<" not in locked
    assert 'href="/miners/discovery/"' in engineer.get("/miners/").content.decode()


def test_a_scan_is_a_job_and_its_progress_stands_here(
    engineer: Client, found: DiscoveryRange
) -> None:
    answer = engineer.post(URL, {"do": "scan", "range": str(found.id)})
    job = Job.system.get(operation="miners.discovery.scan")
    assert answer.headers["Location"] == reverse("console:job", args=(job.id,))
    Job.system.update(state="running", sentence="128 of 254 addresses asked.")
    text = text_of(engineer, range=found.id)
    assert "128 of 254 addresses asked." in text
    assert f'data-job="{job.id}"' in text
    assert 'value="adopt"' not in text
    Job.system.update(state="failed", failure_detail="The worker <died>.")
    assert "did not get to its end" in text_of(engineer)
    assert "The worker &lt;died&gt;." in text_of(engineer)


def test_ticked_ones_are_adopted_through_a_plan(engineer: Client, found: DiscoveryRange) -> None:
    find = Find.system.get(serial="NEW1")
    page = engineer.post(URL, {"do": "adopt", "find": [str(find.id)], "place": HALL, "key": "k"})
    text = page.content.decode()
    assert "miner-NEW1" in text
    assert "can be operated, with the stored log-in" in text
    assert Device.system.count() == 1
    hidden = {name: page.context[name] for name in ("wish", "confirmation")}
    done = engineer.post("/operations/miners.discovery.adopt/confirm/", {**hidden, "typed": ""})
    assert "registered" in done.content.decode()
    assert Device.system.get(serial="NEW1").site_path == HALL


def test_what_cannot_be_adopted_says_why(engineer: Client, found: DiscoveryRange) -> None:
    find = Find.system.get(address="10.1.0.2")
    sent = {"do": "adopt", "find": [str(find.id)], "range": str(found.id)}
    refused = engineer.post(URL, sent)
    assert refused.status_code == 409
    assert "10.1.0.2 is miner-2 already." in refused.content.decode()
    none = engineer.post(URL, {"do": "adopt", "range": str(found.id)})
    assert none.status_code == 422
    assert Device.system.count() == 1


def test_a_range_is_declared_with_its_log_in(login: Login, found: DiscoveryRange) -> None:
    admin = login("admin")
    sent = {"do": "save", "site": HALL, "network": "10.2.0.0/24", "password": "hunter2"}
    answer = admin.post(URL, sent)
    made = DiscoveryRange.system.get(network="10.2.0.0/24")
    assert answer.headers["Location"] == f"{URL}?range={made.id}"
    assert range_login(made) == {"username": "root", "password": "hunter2"}
    again = admin.post(URL, {**sent, "network": "10.2.0.0/25", "username": "ada"})
    text = again.content.decode()
    assert again.status_code == 409
    assert "has some of these addresses" in text
    assert 'value="10.2.0.0/25"' in text
    assert 'value="ada"' in text
    assert "hunter2" not in text
    assert "Not scanned yet" in text_of(admin, range=made.id)


def test_who_may_only_look_gets_no_buttons(login: Login, found: DiscoveryRange) -> None:
    viewer = login("viewer")
    text = text_of(viewer, range=found.id)
    assert "10.1.0.10" in text
    for button in ('value="scan"', 'value="adopt"', 'value="save"', 'name="find"'):
        assert button not in text
    for do in ("scan", "adopt", "save", "anything"):
        sent = {"do": do, "range": str(found.id), "find": [str(Find.system.first().id)]}
        assert viewer.post(URL, sent).status_code == 404
    assert not Job.system.exists()
    assert Device.system.count() == 1


def test_other_places_and_tenants_see_nothing(login: Login, found: DiscoveryRange) -> None:
    for client in (
        login("engineer", site_path="/plant/hall-b/"),
        login("engineer", of=factories.tenant()),
    ):
        text = text_of(client, range=found.id)
        assert "10.1.0" not in text.replace('placeholder="10.1.0.0/24"', "")
        assert "No range may be looked through yet" in text
