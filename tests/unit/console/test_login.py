"""Logging in: one answer for every wrong try, a lock-out, evidence, and a new session."""

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditLog
from tests.support import factories


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def person(tenant) -> User:
    return factories.user(tenant, username="vera")


def enter(client: Client, password: str = factories.PASSWORD, name: str = "vera", **more):
    return client.post("/login/", {"username": name, "password": password, **more})


def test_the_right_password_opens_the_console(client: Client, person: User) -> None:
    answer = enter(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "vera" in client.get("/").content.decode()
    row = AuditLog.system.get(entry="login")
    assert (row.actor_label, row.verdict, row.face) == ("vera", "ok", "console")


@pytest.mark.parametrize(
    ("target", "goes"),
    [("/jobs/?state=open", "/jobs/?state=open"), ("https://evil.example/", "/"), ("//evil", "/")],
)
def test_one_gets_where_one_wanted_to_go_if_it_is_here(
    client: Client, person: User, target: str, goes: str
) -> None:
    assert enter(client, next=target)["Location"] == goes


def test_every_wrong_try_reads_the_same_and_is_written_down(client: Client, person: User) -> None:
    wrong = enter(client, "wrong")
    unknown = enter(client, "wrong", "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.context["problem"] == unknown.context["problem"]
    rows = list(AuditLog.system.filter(entry="login").order_by("id"))
    assert [(row.object_label, row.tenant_id) for row in rows] == [
        ("vera", person.tenant_id),
        ("an unknown name", None),
    ]


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(
    client: Client, person: User
) -> None:
    for _ in range(5):
        enter(client, "wrong")
    assert enter(client).status_code == 401
    assert "_auth_user_id" not in client.session


def test_one_address_may_not_try_without_end(client: Client, person: User) -> None:
    answers = [enter(client, "wrong", f"name-{number}").status_code for number in range(31)]
    assert answers == [401] * 30 + [429]


def test_the_session_gets_a_new_id_at_the_log_in(client: Client, person: User) -> None:
    client.get("/login/")
    session = client.session
    session["before"] = True
    session.save()
    enter(client)
    assert client.session.session_key != session.session_key


def test_an_agent_cannot_log_in(client: Client, person: User) -> None:
    agent = factories.agent(person)
    agent.set_password(factories.PASSWORD)
    agent.save()
    assert enter(client, name=agent.username).status_code == 401


def test_logging_out_ends_the_session_and_is_written_down(client: Client, person: User) -> None:
    enter(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302
    assert AuditLog.system.filter(operation="console.session.close").count() == 1


def test_a_suspended_account_is_out_at_once(client: Client, person: User) -> None:
    enter(client)
    User.objects.filter(id=person.id).update(is_active=False)
    assert client.get("/").status_code == 302


def test_forms_without_their_token_are_refused(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert enter(client).status_code == 403
