"""One search over what somebody may see and do, and over nothing else."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.console.search import MOST, search
from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from tests.support import factories


def found(tenant: Tenant, text: str, role: str = "operator", site_path: str = "/") -> dict:
    """The names of the hits by group."""
    actor = factories.actor_of(role, tenant, site_path=site_path)
    return {group.word: [hit.name for hit in group.hits] for group in search(actor, text)}


@pytest.mark.parametrize("text", ["lobby", "LOBBY core", "127.9.", "SN0", "110f", "foyer"])
def test_a_device_is_found_by_name_address_serial_model_and_tag(tenant: Tenant, text: str) -> None:
    device = factories.device(tenant, name="Lobby Core", model="Core 110f", tags=["foyer"])
    assert device.address.startswith("127.9.")
    assert found(tenant, text)["Devices"] == ["Lobby Core"]


def test_names_that_begin_with_the_text_come_first(tenant: Tenant) -> None:
    for name in ("Aula near the Lobby", "Lobby Core"):
        factories.device(tenant, name=name)
    assert found(tenant, "lobby")["Devices"] == ["Lobby Core", "Aula near the Lobby"]


def test_every_word_has_to_fit_an_action(tenant: Tenant) -> None:
    device = factories.device(tenant, name="Lobby Core")
    assert found(tenant, "trial restart")["Actions"] == ["fleet.trial.restart"]
    assert "Actions" not in found(tenant, "trial nonsense")
    assert device.name not in str(found(tenant, "trial restart"))


def test_a_job_is_found_by_what_it_does_and_on_what(tenant: Tenant, device: Device) -> None:
    factories.job(
        factories.actor_of("engineer", tenant),
        operation="miners.firmware.upgrade",
        object_label=device.name,
        site_path=device.site_path,
    )
    assert found(tenant, "firmware")["Jobs"] == ["miners.firmware.upgrade"]
    assert found(tenant, "lobby")["Jobs"] == ["miners.firmware.upgrade"]


def test_without_words_there_are_only_the_rooms(tenant: Tenant, device: Device) -> None:
    assert list(found(tenant, "  ")) == ["Go to"]
    assert "Approvals" in found(tenant, "")["Go to"]
    assert found(tenant, "sched")["Go to"] == ["Schedules"]


def test_nothing_is_found_outside_ones_grants(tenant: Tenant, device: Device) -> None:
    factories.job(
        factories.actor_of("engineer", tenant),
        operation="miners.firmware.upgrade",
        object_label="Lobby Core",
        device_id=device.id,
        site_path=device.site_path,
    )
    assert found(tenant, "lobby", site_path="/plant/hall-b/") == {}
    assert found(factories.tenant(), "lobby") == {}
    assert "fleet.trial.wipe" not in str(found(tenant, "trial", role="operator"))
    assert "fleet.trial.wipe" in str(found(tenant, "trial", role="engineer"))


def test_more_hits_than_fit_lead_to_the_list_with_the_same_words(
    tenant: Tenant, operator: Client
) -> None:
    for number in range(MOST + 1):
        factories.device(tenant, name=f"Miner & {number}")
    page = operator.get("/search/?q=miner+%26").content.decode()
    assert page.count('<a class="hit"') == MOST + 1
    assert 'href="/devices/?q=miner+%26"' in page


def test_a_hit_shows_its_state_in_words(operator: Client, device: Device) -> None:
    DeviceState.objects.create(device=device, liveness="lost", seen_at=clock.now())
    page = operator.get("/search/?q=lobby").content.decode()
    assert f'href="/devices/{device.id}/"' in page
    assert "</svg>Lost" in page


def test_the_dialog_gets_options_and_the_page_gets_links(operator: Client, device: Device) -> None:
    hits = operator.get("/search/?q=lobby", headers={"HX-Request": "true"}).content.decode()
    assert 'role="option"' in hits
    assert "<html" not in hits
    page = operator.get("/search/?q=lobby").content.decode()
    assert "<h1>Search</h1>" in page
    assert '<a class="hit" href' in page


def test_what_was_typed_is_escaped(operator: Client) -> None:
    evil = "<img src=x>"
    page = operator.get("/search/", {"q": evil}).content.decode()
    assert evil not in page
    assert "Nothing that you may see fits “&lt;img src=x&gt;”." in page


def test_a_stranger_searches_nothing(client: Client, device: Device) -> None:
    answer = client.get("/search/?q=lobby", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_rooms_of_a_role_are_those_it_may_enter(
    login: Callable[..., Client], tenant: Tenant
) -> None:
    page = login("viewer").get("/search/?q=audit").content.decode()
    assert 'href="/audit/"' in page
