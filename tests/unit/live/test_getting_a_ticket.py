"""A ticket is given to a credential, or to a session that shows its CSRF token."""

import pytest
from django.test import Client
from django.urls import path

from apps.accounts.authenticate import forget_all
from apps.live import tickets
from apps.live.views import ticket
from tests.support import factories

urlpatterns = [path("tickets/", ticket)]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def browser() -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.user())
    return client


def test_a_key_gets_a_ticket_that_stands_for_it() -> None:
    forget_all()
    issued = factories.issued_key()
    answer = Client(enforce_csrf_checks=True).post("/tickets/", headers={"X-API-Key": issued.text})
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["expires_in"] == 30
    bearer = tickets.redeem(answer.json()["ticket"])
    assert (bearer.user_id, bearer.credential_id) == (issued.key.user_id, issued.key.id)


def test_a_session_without_its_token_gets_none(browser: Client) -> None:
    answer = browser.post("/tickets/")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_session_with_its_token_gets_one(browser: Client) -> None:
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post("/tickets/", headers={"X-CSRFToken": "a" * 32})
    assert answer.status_code == 201
    assert tickets.redeem(answer.json()["ticket"]).session_key == browser.session.session_key


def test_nobody_gets_none() -> None:
    answer = Client().post("/tickets/")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_only_post_is_answered(browser: Client) -> None:
    assert browser.get("/tickets/").status_code == 405
