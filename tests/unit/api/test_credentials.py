"""Who may speak: keys, tokens, sessions, and nobody at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Tenant
from apps.accounts.services import key_revoke
from apps.kernel import clock
from tests.support import factories, verbs
from tests.unit.api.support import call, said

Roles = Callable[..., Client]


@pytest.mark.django_db
def test_anonymous_may_ping_and_ask_for_health(anonymous: Client) -> None:
    assert call(anonymous, "system.ping").json()["output"]["pong"] is True
    answer = call(anonymous, "system.health", {"input": {"detail": True}})
    assert answer.status_code == 200
    assert not answer.json()["output"].get("checks")


@pytest.mark.django_db
def test_anonymous_may_nothing_else(anonymous: Client) -> None:
    refused = [
        call(anonymous, "system.metrics"),
        anonymous.get("/api/v1/operations/"),
        anonymous.get("/api/v1/jobs/"),
        anonymous.get("/api/v1/events/"),
        anonymous.get("/api/v1/auth/me"),
        anonymous.post("/api/v1/auth/token"),
    ]
    for answer in refused:
        assert said(answer) == (401, "unauthenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer ")
        assert "X-API-Key" in answer.json()["detail"]


@pytest.mark.django_db
def test_the_setting_closes_ping_and_documents(anonymous: Client, settings: Any) -> None:
    settings.CONFIG = factories.config(api_anonymous_enabled=False)
    assert said(call(anonymous, "system.ping")) == (401, "unauthenticated")
    assert said(anonymous.get("/api/schema/")) == (401, "unauthenticated")
    assert said(anonymous.get("/api/docs/")) == (401, "unauthenticated")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "cp_aaaaaaaa_wrong"},
        {"Authorization": "Bearer cpt_wrong"},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer"},
    ],
)
def test_a_wrong_credential_is_not_no_credential(
    anonymous: Client, headers: dict[str, str]
) -> None:
    answer = anonymous.post(
        "/api/v1/operations/system.ping", {}, content_type="application/json", headers=headers
    )
    assert said(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "form", ["X-API-Key: {}", "Authorization: ApiKey {}", "authorization: apikey {}"]
)
def test_a_key_may_come_in_either_header(tenant: Tenant, form: str) -> None:
    key = factories.api_key(factories.user(tenant, "viewer", username="ada"))
    name, _, value = form.format(key).partition(": ")
    assert Client().get("/api/v1/auth/me", headers={name: value}).json()["label"] == "ada"


def test_a_revoked_key_is_refused(tenant: Tenant) -> None:
    issued = factories.issued_key(factories.user(tenant))
    client = Client(headers={"X-API-Key": issued.text})
    assert client.get("/api/v1/auth/me").status_code == 200
    key_revoke(issued.key)
    forget_all()
    assert said(client.get("/api/v1/auth/me")) == (401, "unauthenticated")


def test_me_says_what_the_credential_may(tenant: Tenant) -> None:
    account = factories.user(tenant, "operator", site_path="/plant/")
    key = factories.api_key(account, scopes=("fleet:read",))
    me = Client().get("/api/v1/auth/me", headers={"X-API-Key": key}).json()
    assert (me["kind"], me["scopes"], me["tenant_id"]) == ("key", ["fleet:read"], str(tenant.id))
    assert me["rights"] == [[{"permissions": ["*.operate"], "path": "/plant/", "devices": []}]]


def trade(client: Client) -> dict[str, Any]:
    answer = client.post("/api/v1/auth/token")
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_a_key_is_traded_for_a_token_that_ends(as_role: Roles) -> None:
    with clock.using(clock.ManualClock(datetime(2026, 11, 20, 8, tzinfo=UTC))) as hands:
        made = trade(as_role("viewer"))
        assert (made["token_type"], made["expires_in"]) == ("Bearer", 3600)
        assert made["expires_at"] == "2026-11-20T09:00:00Z"
        bearer = Client(headers={"Authorization": f"Bearer {made['access_token']}"})
        hands.advance(3599)  # type: ignore[attr-defined]  # the manual clock
        assert bearer.get("/api/v1/jobs/").status_code == 200
        hands.advance(5)  # type: ignore[attr-defined]  # the manual clock
        refused = bearer.get("/api/v1/jobs/")
    assert said(refused) == (401, "unauthenticated")
    assert "expired" in refused.json()["detail"]


def test_a_token_cannot_renew_itself(as_role: Roles) -> None:
    token = trade(as_role())["access_token"]
    again = Client().post("/api/v1/auth/token", headers={"Authorization": f"Bearer {token}"})
    assert said(again) == (403, "forbidden")


@pytest.mark.django_db
def test_an_address_may_not_try_keys_for_ever(anonymous: Client) -> None:
    tries = [
        anonymous.post("/api/v1/auth/token", headers={"X-API-Key": "cp_a_b"}) for _ in range(31)
    ]
    assert {one.status_code for one in tries[:30]} == {401}
    assert said(tries[30]) == (429, "rate_limited")
    assert tries[30]["Retry-After"] == "60"
    elsewhere = anonymous.post("/api/v1/auth/token", REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 401


@pytest.mark.django_db
def test_a_forwarded_address_is_not_believed(anonymous: Client) -> None:
    for number in range(30):
        anonymous.post("/api/v1/auth/token", headers={"X-Forwarded-For": f"10.0.0.{number}"})
    last = anonymous.post("/api/v1/auth/token", headers={"X-Forwarded-For": "10.0.1.1"})
    assert said(last) == (429, "rate_limited")


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    """A person with a session, and a browser that checks for forged requests."""
    found = Client(enforce_csrf_checks=True)
    found.force_login(factories.user(tenant, "operator", username="grace"))
    return found


def test_a_session_needs_the_pages_token_to_change(browser: Client, world: verbs.World) -> None:
    assert said(call(browser, "test.note.write")) == (403, "forbidden")
    assert world.done == []
    browser.cookies["csrftoken"] = "x" * 32
    passed = call(browser, "test.note.write", X_CSRFToken="x" * 32)
    assert passed.status_code == 200
    assert world.contexts[0].actor.label == "grace"
    assert world.contexts[0].actor.kind == "user"


def test_a_session_reads_without_it(browser: Client) -> None:
    assert browser.get("/api/v1/jobs/").status_code == 200
    assert browser.get("/api/v1/auth/me").json()["label"] == "grace"


def test_a_key_beats_the_session(browser: Client, tenant: Tenant) -> None:
    key = factories.api_key(factories.user(tenant, "viewer", username="linus"))
    me = browser.get("/api/v1/auth/me", headers={"X-API-Key": key})
    assert me.json()["label"] == "linus"
