"""Rows of the superuser's own tenant, read-only, without what proves a credential."""

import pytest
from django.test import Client
from oauth2_provider.models import Application

from apps.audit.models import AuditLog
from apps.audit.services import Act, denied
from apps.kernel.actor import system_actor
from apps.kernel.ids import new_id
from apps.ops.backoffice.rooms import ROOMS
from tests.support import factories
from tests.support.oauth import REDIRECT

PLACES = {
    "core": "fleet/device",
    "core_row": "qsys/core",
    "miner_row": "miners/miner",
    "job": "jobs/job",
    "schedule": "jobs/schedule",
    "tenant": "accounts/tenant",
    "user": "accounts/user",
    "grant": "accounts/grant",
    "key": "accounts/apikey",
    "client": "accounts/client",
    "assistant": "accounts/assistant",
}


@pytest.mark.parametrize(("name", "place"), PLACES.items())
def test_own_rows_are_shown_and_foreign_ones_are_not_found(
    browser: Client, site, other, name: str, place: str
) -> None:
    mine, theirs = getattr(site, name), getattr(other, name)
    listed = browser.get(f"/admin/{place}/").content.decode()
    assert str(mine.pk) in listed
    assert str(theirs.pk) not in listed
    assert browser.get(f"/admin/{place}/{mine.pk}/change/").status_code == 200
    foreign = browser.get(f"/admin/{place}/{theirs.pk}/change/", follow=True)
    absent_id = new_id()
    absent = browser.get(f"/admin/{place}/{absent_id}/change/", follow=True)
    assert words(foreign, theirs.pk) == words(absent, absent_id)


def words(answer, pk) -> list[str]:
    """What the page says, without the id asked for."""
    assert answer.redirect_chain == [("/admin/", 302)]
    return [str(message).replace(str(pk), "ID") for message in answer.context["messages"]]


@pytest.mark.parametrize("place", PLACES.values())
def test_nothing_is_added_changed_or_deleted_by_a_form(browser: Client, site, place: str) -> None:
    name = next(name for name, its in PLACES.items() if its == place)
    row = getattr(site, name)
    for what in ("change", "delete"):
        answer = browser.post(f"/admin/{place}/{row.pk}/{what}/", {"name": "new", "post": "yes"})
        assert answer.status_code == 403
    assert browser.post(f"/admin/{place}/add/", {"name": "new"}).status_code == 403
    row.refresh_from_db(from_queryset=type(row)._base_manager.all())
    assert getattr(row, "name", "") != "new"


def test_evidence_can_be_read_and_nothing_else(browser: Client, site, other) -> None:
    for owner in (site, other):
        actor = system_actor("test", tenant_id=owner.tenant.id)
        denied(Act("fleet.device.tag", "rest", actor, reason="seen"), verdict="x", detail="d")
    mine = AuditLog.system.get(tenant_id=site.tenant.id)
    listed = browser.get("/admin/audit/auditlog/").content.decode()
    assert listed.count("/change/") == 1
    assert str(mine.id) in listed
    for what in ("change", "delete"):
        answer = browser.post(f"/admin/audit/auditlog/{mine.id}/{what}/", {"post": "yes"})
        assert answer.status_code == 403
    assert browser.post("/admin/audit/auditlog/add/").status_code == 403
    deletion = {"action": "delete_selected", "_selected_action": mine.id, "post": "yes"}
    browser.post("/admin/audit/auditlog/", deletion)
    assert AuditLog.system.filter(id=mine.id).exists()


def test_hashes_are_never_on_a_page(browser: Client, site) -> None:
    user = browser.get(f"/admin/accounts/user/{site.user.id}/change/").content.decode()
    key = browser.get(f"/admin/accounts/apikey/{site.key.id}/change/").content.decode()
    assert site.user.username in user
    assert site.user.password not in user
    assert site.key.prefix in key
    assert site.key.digest not in key


def test_a_program_is_shown_by_what_it_calls_itself_and_without_its_secret(
    browser: Client, site
) -> None:
    Application.objects.update(client_secret="a-very-secret-text")
    page = browser.get(f"/admin/accounts/client/{site.client.id}/change/").content.decode()
    for said in (site.client.application.client_id, REDIRECT, "manual"):
        assert said in page
    assistant = browser.get(f"/admin/accounts/assistant/{site.assistant.id}/change/")
    assert site.user.username in assistant.content.decode()
    assert "a-very-secret-text" not in page + assistant.content.decode()
    assert site.client.application.client_secret not in page


@pytest.mark.parametrize(
    ("place", "lookup"),
    [
        ("accounts/user", "password__startswith"),
        ("accounts/apikey", "digest__startswith"),
        ("accounts/apikey", "user__password__startswith"),
        ("jobs/job", "sealed_input__contains"),
        ("fleet/device", "tenant__slug"),
        ("accounts/user", "tenant__name"),
        ("accounts/client", "application__client_secret__startswith"),
    ],
)
def test_columns_that_are_not_shown_cannot_be_guessed_through_the_address(
    browser: Client, site, place: str, lookup: str
) -> None:
    assert browser.get(f"/admin/{place}/?{lookup}=a").status_code == 400


def test_the_search_finds_nothing_of_another_tenant(browser: Client, site, other) -> None:
    found = browser.get("/admin/fleet/device/", {"q": other.core.name}).content.decode()
    assert str(other.core.pk) not in found
    found = browser.get("/admin/search/", {"s": other.core.name, "extended": ""}).content.decode()
    assert other.core.name not in found


def test_the_history_of_a_row_is_its_evidence(browser: Client, site) -> None:
    answer = browser.get(f"/admin/fleet/device/{site.core.id}/history/")
    assert answer["Location"] == f"/admin/audit/auditlog/?object_id={site.core.id}"
    assert browser.get(answer["Location"]).status_code == 200


def test_text_of_a_device_is_shown_as_text(browser: Client, site) -> None:
    factories.device(site.tenant, name="<script>alert(1)</script>")
    page = browser.get("/admin/fleet/device/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_every_shown_column_is_named_on_purpose() -> None:
    hidden = {"password", "digest", "sealed_input", "sealed", "body"}
    for model, rows in ROOMS:
        assert rows.fields, model
        assert not hidden & {*rows.fields, *rows.list_display, *rows.search_fields}, model
