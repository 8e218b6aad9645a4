"""The tree of a Core's components: found by name, opened on demand, closed to strangers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.console.views.overview import worst_first
from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.qsys.models import Control, Core
from tests.support import factories
from tests.unit.console.test_families import control


@pytest.fixture
def core(tenant: Tenant) -> Device:
    device = factories.device(tenant, name="Lobby", site_path="/plant/hall-a/")
    Core.system.create(device=device, design_code="one")
    control(device, "Bar/Café & Süd", "gain", -12.5)
    control(device, "Bar/Café & Süd", "mute", 0.0)
    made = control(device, "Meters 1", "meter.1", -30.0)
    Control.system.filter(id=made.id).update(direction="Read Only")
    return device


def tree(client: Client, core: Device, **query: str) -> str:
    return client.get(f"/devices/{core.id}/components/", query).text


def test_components_are_listed_with_what_can_be_set(operator: Client, core: Device) -> None:
    text = tree(operator, core)
    assert "2 controls, 2 can be set" in text
    assert "1 control, 0 can be set" in text


def test_a_search_looks_into_component_and_control_names(operator: Client, core: Device) -> None:
    assert "Meters 1" not in tree(operator, core, q="café")
    assert "1 control, 1 can be set" in tree(operator, core, q="mute")
    assert "fits “nobody”" in tree(operator, core, q="nobody")


@pytest.mark.parametrize(("role", "settable"), [("operator", True), ("viewer", False)])
def test_a_branch_shows_values_and_forms_to_who_may_set(
    login: Callable[..., Client], core: Device, role: str, settable: bool
) -> None:
    query = {"component": "Bar/Café & Süd"}
    text = login(role).get(f"/devices/{core.id}/component/", query).text
    assert "-12.5dB" in text
    assert ("qsys.control.set" in text) is settable
    text = login(role).get(f"/devices/{core.id}/component/", {"component": "Meters 1"}).text
    assert "read-only" in text
    assert "qsys.control.set" not in text


def test_a_foreign_core_is_not_found(login: Callable[..., Client], core: Device) -> None:
    stranger = login("operator", of=factories.tenant())
    for part in ("components", "component"):
        assert stranger.get(f"/devices/{core.id}/{part}/").status_code == 404


def test_of_lost_devices_the_longest_unseen_comes_first(tenant: Tenant) -> None:
    for name, liveness, minutes in (("a", "lost", 1), ("b", "lost", 9), ("c", "ok", 0)):
        device = factories.device(tenant, name=name)
        seen = clock.now() - timedelta(minutes=minutes)
        DeviceState.objects.create(device=device, liveness=liveness, seen_at=seen)
    names = worst_first(Device.system.select_related("state")).values_list("name", flat=True)
    assert list(names) == ["b", "a", "c"]
