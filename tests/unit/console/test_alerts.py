"""The page of alerts: what is wrong, taken on and silenced where one sees it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.fleet.models import Alert, Device, Silence
from apps.kernel import clock
from tests.support import factories

PLACE = "/plant/hall-a/"


def alert(device: Device, **fields: Any) -> Alert:
    usual = {
        "rule": "fleet.device.offline",
        "severity": "critical",
        "state": "firing",
        "value": 1,
        "threshold": 1,
        "note": "No route to host",
        "fired_at": clock.now(),
        "read_at": clock.now(),
        "label": device.name,
        "site_path": device.site_path,
        "tenant_id": device.tenant_id,
    }
    return Alert.system.create(device=device, **{**usual, **fields})


@pytest.fixture
def two(tenant: Tenant, device: Device) -> list[Alert]:
    other = factories.device(tenant, name="Bar Core", site_path=PLACE)
    return [alert(device), alert(other)]


def test_alerts_of_one_place_stand_together_worst_first(
    operator: Client, two: list[Alert], device: Device
) -> None:
    alert(device, rule="qsys.core.status", severity="warning")
    page = operator.get("/alerts/").content.decode()
    assert "Hall-A: 2 devices offline" in page
    assert page.index("Hall-A: 2 devices offline") < page.index("Lobby Core not OK")
    assert '3<span class="visually-hidden"> firing</span>' in page
    assert "No route to host" in page


def test_nothing_wrong_says_so_and_counts_nothing(operator: Client) -> None:
    page = operator.get("/alerts/").content.decode()
    assert "Nothing is wrong" in page
    assert " firing</span>" not in page


def test_a_group_is_taken_on_with_one_press(operator: Client, two: list[Alert]) -> None:
    ids = " ".join(str(one.id) for one in two)
    assert operator.post("/alerts/", {"do": "acknowledge", "alerts": ids}).status_code == 302
    assert all(Alert.system.values_list("acknowledged_by", flat=True))
    page = operator.get("/alerts/").content.decode()
    assert "is at it" in page
    assert 'value="acknowledge"' not in page


def test_a_group_is_silenced_with_a_reason_and_the_silence_ended(
    operator: Client, two: list[Alert]
) -> None:
    form = operator.get("/alerts/", {"rule": two[0].rule, "site": PLACE}).content.decode()
    assert 'id="silencing"' in form
    data = {"do": "silence", "rule": two[0].rule, "site": PLACE, "minutes": "60"}
    refused = operator.post("/alerts/", {**data, "because": ""})
    assert refused.status_code == 422
    assert "because" in refused.content.decode()
    assert Silence.system.count() == 0
    assert operator.post("/alerts/", {**data, "because": "A drill."}).status_code == 302
    silence = Silence.system.get()
    assert (silence.path, silence.rule, silence.reason) == (PLACE, two[0].rule, "A drill.")
    assert "A drill." in operator.get("/alerts/").content.decode()
    operator.post("/alerts/", {"do": "end", "silence": str(silence.id)})
    silence.refresh_from_db()
    assert silence.ends_at <= clock.now()
    assert silence.ended_by


def test_who_may_only_look_is_offered_nothing_and_does_nothing(
    login: Callable[..., Client], two: list[Alert]
) -> None:
    viewer = login("viewer")
    page = viewer.get("/alerts/").content.decode()
    assert "Hall-A: 2 devices offline" in page
    assert 'value="acknowledge"' not in page
    assert ">Silence<" not in page
    for data in (
        {"do": "acknowledge", "alerts": str(two[0].id)},
        {"do": "silence", "site": "/", "minutes": "60", "because": "Mine."},
        {},
    ):
        assert viewer.post("/alerts/", data).status_code == 403
    assert not any(Alert.system.values_list("acknowledged_by", flat=True))
    assert Silence.system.count() == 0


def test_another_tenants_alerts_are_not_there(
    login: Callable[..., Client], two: list[Alert]
) -> None:
    stranger = login("admin", of=factories.tenant())
    assert "Nothing is wrong" in stranger.get("/alerts/").content.decode()
    data = {"do": "acknowledge", "alerts": str(two[0].id)}
    assert stranger.post("/alerts/", data).status_code == 404
