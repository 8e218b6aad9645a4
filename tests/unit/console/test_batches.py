"""Several devices at once: the exact count, whom an action leaves out and why, and one door."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.console import batches
from apps.fleet.models import Device, DeviceStatus
from apps.kernel.actor import system_actor
from apps.operations.catalogue import installed
from tests.support import factories

TAG = "fleet.device.tag"
WIPE = "fleet.device.decommission"


@pytest.fixture
def three(tenant: Tenant, device: Device) -> list[Device]:
    """One device in hall A, two in hall B."""
    others = [
        factories.device(tenant, name=name, site_path="/plant/hall-b/")
        for name in ("Stage Core", "Aula Core")
    ]
    return [device, *others]


@pytest.fixture
def half(tenant: Tenant) -> Client:
    """Somebody who sees the whole plant, and may configure hall A alone."""
    user = factories.user(tenant, "viewer")
    factories.grant(user, "engineer", site_path="/plant/hall-a/")
    client = Client()
    client.force_login(user)
    return client


def ticked(devices: list[Device], **more: str) -> dict[str, object]:
    return {"device": [str(one.id) for one in devices], **more}


def words(page: bytes) -> str:
    """The text of a fragment."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def test_the_bar_counts_exactly(engineer: Client, three: list[Device]) -> None:
    said = words(engineer.post("/devices/chosen/", ticked(three[:2])).content)
    assert said == "2 chosen Device: tag (2) Device: decommission (2)"
    assert "Tick devices" in words(engineer.post("/devices/chosen/").content)


def test_who_is_left_out_is_said_with_the_reason(half: Client, three: list[Device]) -> None:
    said = words(half.post("/devices/chosen/", ticked(three)).content)
    assert "3 chosen Device: tag (1) Device: decommission (1)" in said
    assert "Device: tag : leaves out 2." in said
    assert "Aula Core, Stage Core: your grants do not give fleet.configure there." in said


def test_an_action_that_takes_nobody_cannot_be_pressed(half: Client, three: list[Device]) -> None:
    bar = half.post("/devices/chosen/", ticked(three[1:])).content.decode()
    assert f'value="{TAG}" disabled' in bar


def test_whoever_may_act_on_nothing_is_not_offered_to_choose(
    login: Callable[..., Client], three: list[Device]
) -> None:
    page = login("viewer").get("/devices/").content.decode()
    assert 'type="checkbox"' not in page
    assert words(login("viewer").post("/devices/chosen/", ticked(three)).content) == "3 chosen"


def test_foreign_and_unknown_devices_are_not_counted(engineer: Client, device: Device) -> None:
    foreign = factories.device(factories.tenant(), name="Foreign Core")
    data = {"device": [str(device.id), str(foreign.id), str(uuid4()), "no id"]}
    said = words(engineer.post("/devices/chosen/", data).content)
    assert said.startswith("1 chosen")
    assert "Foreign" not in said


def test_all_that_fit_the_filters_can_be_chosen(engineer: Client, three: list[Device]) -> None:
    said = words(engineer.post("/devices/chosen/?site=/plant/hall-b/", {"every": "1"}).content)
    assert said.startswith("2 chosen")


def test_the_form_has_the_chosen_ticked_and_does_nothing_yet(
    engineer: Client, three: list[Device]
) -> None:
    page = engineer.post("/devices/batch/", ticked(three[:2], operation=TAG)).content.decode()
    assert "2 devices chosen" in page
    for device, checked in zip(three, (True, True, False), strict=True):
        assert (f'value="{device.id}" checked' in page) is checked
    assert not AuditLog.system.filter(operation=TAG).exists()


def test_the_form_says_who_is_left_out(half: Client, three: list[Device]) -> None:
    page = half.post("/devices/batch/", ticked(three, operation=TAG)).content.decode()
    assert "1 device chosen, 2 left out." in page
    assert f'value="{three[0].id}" checked' in page
    assert str(three[1].id) not in page


def test_sending_the_form_acts_on_exactly_those(engineer: Client, three: list[Device]) -> None:
    data = {"in.devices": [str(one.id) for one in three[:2]], "in.add": "night"}
    assert engineer.post(f"/operations/{TAG}/", data).status_code == 200
    tags = {one.name: Device.system.get(id=one.id).tags for one in three}
    assert tags == {"Lobby Core": ["night"], "Stage Core": ["night"], "Aula Core": []}


def test_a_destructive_batch_wants_the_count_typed_and_a_second_person(
    engineer: Client, three: list[Device]
) -> None:
    data = {"in.devices": [str(one.id) for one in three]}
    page = engineer.post(f"/operations/{WIPE}/", data).content.decode()
    assert "Type <code>3</code> to confirm" in page
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
        for name in ("wish", "confirmation")
    }
    wrong = engineer.post(f"/operations/{WIPE}/confirm/", {**fields, "typed": "2"})
    assert wrong.status_code == 422
    waits = engineer.post(f"/operations/{WIPE}/confirm/", {**fields, "typed": "3"})
    assert "A second person has to grant this." in waits.content.decode()
    assert Device.system.filter(status=DeviceStatus.ACTIVE, tenant=three[0].tenant).count() == 3


@pytest.mark.parametrize(
    "name", ["", "fleet.trial.set", "no.such.thing", "system.ping", "accounts.grant.create"]
)
def test_only_actions_on_several_devices_are_offered(
    engineer: Client, device: Device, name: str
) -> None:
    answer = engineer.post("/devices/batch/", ticked([device], operation=name))
    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["/devices/chosen/", "/devices/batch/"])
def test_choosing_is_sent_and_never_linked(engineer: Client, client: Client, address: str) -> None:
    assert engineer.get(address).status_code == 405
    assert client.post(address).status_code == 302


def test_a_ticked_row_stays_ticked_when_it_is_fetched_again(
    engineer: Client, device: Device
) -> None:
    row = f"/devices/{device.id}/row/"
    assert (
        f'value="{device.id}" checked' in engineer.get(f"{row}?device={device.id}").content.decode()
    )
    assert f'value="{device.id}">' in engineer.get(row).content.decode()


@given(total=st.integers(0, 12), limit=st.integers(1, 12))
def test_taken_and_left_are_all_of_the_chosen(total: int, limit: int) -> None:
    devices = [
        Device(name=f"d{number}", driver="qsys", site_path="/plant/") for number in range(total)
    ]
    made = batches.split(system_actor("test"), installed().get(TAG), devices, limit=limit)
    left = [one for _, group in made.left for one in group]
    assert [*made.taken, *left] == devices
    assert len(made.taken) == min(total, limit)
    assert made.left_out == max(0, total - limit)


def test_what_only_names_devices_is_no_action_on_them(
    login: Callable[..., Client], device: Device
) -> None:
    """A grant has a field of devices, and acts on a person."""
    assert batches.FIELD in installed().get("accounts.grant.create").input.model_fields
    said = words(login("admin").post("/devices/chosen/", ticked([device])).content)
    assert said == "1 chosen Device: tag (1) Device: decommission (1)"
