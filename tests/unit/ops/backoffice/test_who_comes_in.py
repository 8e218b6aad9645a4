"""The back office opens for superusers of a tenant, and for nobody else."""

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.support import factories
from tests.unit.ops.backoffice.conftest import client_of

LISTS = (
    "fleet/device",
    "qsys/core",
    "miners/miner",
    "jobs/job",
    "jobs/schedule",
    "audit/auditlog",
    "accounts/tenant",
    "accounts/user",
    "accounts/role",
    "accounts/grant",
    "accounts/apikey",
    "accounts/client",
    "accounts/assistant",
)


@pytest.mark.parametrize("place", ["", *(f"{name}/" for name in LISTS)])
def test_every_page_opens_for_a_superuser(browser: Client, place: str) -> None:
    answer = browser.get(f"/admin/{place}")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_a_stranger_is_sent_to_the_products_own_log_in(site) -> None:
    answer = Client().get("/admin/fleet/device/")
    assert answer.status_code == 302
    login = Client().get(answer["Location"])
    assert login.status_code == 302
    assert login["Location"] == "/login/?next=%2Fadmin%2Ffleet%2Fdevice%2F"


def test_a_log_in_does_not_send_on_to_a_foreign_address(site) -> None:
    answer = Client().get("/admin/login/?next=https://evil.example/")
    assert answer["Location"] == "/login/?next=%2Fadmin%2F"


def test_a_password_is_never_taken_here(site) -> None:
    answer = Client().post(
        "/admin/login/", {"username": site.boss.username, "password": factories.PASSWORD}
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize(
    "change",
    [{"is_superuser": False}, {"tenant": None}, {"is_active": False}],
    ids=["no superuser", "no tenant", "suspended"],
)
def test_who_is_not_a_superuser_of_a_tenant_stays_out(site, change) -> None:
    client = client_of(site.boss)
    User.objects.filter(id=site.boss.id).update(**change)
    answer = client.get("/admin/fleet/device/")
    assert answer.status_code == 302
    assert site.core.name not in answer.content.decode()


def test_an_agent_stays_out_even_as_a_superuser(site) -> None:
    agent = factories.agent(site.boss)
    User.objects.filter(id=agent.id).update(is_superuser=True)
    agent.refresh_from_db()
    assert client_of(agent).get("/admin/").status_code == 302


def test_somebody_without_the_right_is_not_sent_in_circles(site) -> None:
    assert client_of(site.user).get("/admin/login/").status_code == 404


@pytest.mark.parametrize(
    "place", ["password_change/", "password_change/done/", "autocomplete/", "r/1/1/", "auth/group/"]
)
def test_ways_past_the_operations_are_closed(browser: Client, place: str) -> None:
    assert browser.get(f"/admin/{place}").status_code == 404
    assert browser.post(f"/admin/{place}").status_code == 404
