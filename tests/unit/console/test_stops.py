"""The emergency stop in the frame of every page: a button for who may, a notice for all."""

from collections.abc import Callable

from django.test import Client

from apps.accounts.models import Tenant
from apps.fleet.models import EmergencyStop
from apps.fleet.services import stop_set
from tests.support import factories

FORM = "/operations/fleet.stop.set/"
NOTICE = "Emergency stop of"


def test_who_may_stop_has_the_button_on_every_page(login: Callable[..., Client]) -> None:
    for page in ("/", "/devices/", "/jobs/"):
        assert FORM in login("operator").get(page).content.decode()
        assert FORM not in login("viewer").get(page).content.decode()


def test_a_stop_is_set_from_its_form_and_shown_to_all_whom_it_touches(
    login: Callable[..., Client], tenant: Tenant
) -> None:
    factories.device(tenant, site_path="/plant/hall-a/")
    operator = login("operator")
    assert NOTICE not in operator.get("/devices/").content.decode()
    answer = operator.post(FORM, {"in.site": "/", "reason": "<b>smoke</b>"})
    assert answer.status_code == 200, answer.content
    stop = EmergencyStop.system.get()
    assert (stop.tenant_id, stop.path, stop.reason) == (tenant.id, "/", "<b>smoke</b>")
    page = login("viewer", site_path="/plant/hall-a/").get("/jobs/").content.decode()
    assert f"{NOTICE} the whole tenant" in page
    assert "&lt;b&gt;smoke&lt;/b&gt;" in page
    assert "<b>smoke</b>" not in page
    assert NOTICE not in login("viewer", of=factories.tenant()).get("/").content.decode()


def test_only_who_may_lift_it_is_led_there(login: Callable[..., Client], tenant: Tenant) -> None:
    stop, _ = stop_set(tenant_id=tenant.id, path="/", set_by="somebody", reason="")
    way = f"/operations/fleet.stop.lift/?stop={stop.id}"
    assert way in login("engineer").get("/").content.decode()
    assert way not in login("operator").get("/").content.decode()
    assert str(stop.id) in login("engineer").get(way).content.decode()
