"""Browsers listen with their session, and open sockets with tickets that work once."""

import httpx
import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.accounts.selectors import actor_of
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.live import tickets
from tests.support import factories
from tests.unit.live.serving import SocketReader, SseReader, until


@pytest.fixture
def browser(plant) -> Client:
    client = Client()
    client.force_login(factories.user(plant, "viewer", username="vera"))
    return client


def cookie(browser: Client) -> dict[str, str]:
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}"}


def test_a_session_listens_until_it_logs_out(uvicorn: str, browser: Client, tell) -> None:
    with SseReader(uvicorn, headers=cookie(browser)) as found:
        tell("seen")
        until(lambda: found.names() == ["seen"])
        browser.logout()
        assert found.ended.wait(5)
    assert found.word("closed")["code"] == "unauthenticated"


def test_a_made_up_session_is_refused(uvicorn: str, plant) -> None:
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=made-up"}
    assert httpx.get(f"{uvicorn}/events", headers=headers).status_code == 401


def test_a_ticket_opens_one_socket_and_no_second(uvicorn: str, plant, tell) -> None:
    user = factories.user(plant, "viewer")
    actor = actor_of(user, key=factories.issued_key(user).key)
    query = f"?ticket={tickets.issue(actor).text}"
    with SocketReader(uvicorn, query=query) as first, SocketReader(uvicorn, query=query) as second:
        assert second.ended.wait(5)
        tell("seen")
        until(lambda: first.names() == ["seen"])
    assert second.word("closed")["code"] == "unauthenticated"
    assert second.events == []


def test_a_ticket_of_a_session_ends_with_the_session(uvicorn: str, browser: Client, plant) -> None:
    actor = actor_of(User.objects.get(username="vera"))
    ticket = tickets.issue(actor, session_key=browser.session.session_key)
    with SocketReader(uvicorn, query=f"?ticket={ticket.text}") as found:
        browser.logout()
        assert found.ended.wait(5)
    assert found.word("closed")["code"] == "unauthenticated"


def test_a_ticket_lives_thirty_seconds(plant) -> None:
    user = factories.user(plant)
    ticket = tickets.issue(actor_of(user, key=factories.issued_key(user).key))
    names = list(valkey().scan_iter("cp:live:ticket:*"))
    assert ticket.seconds == 30
    assert [0 < valkey().ttl(name) <= 30 for name in names] == [True] * len(names)
    assert all(ticket.text.encode() not in name for name in names)


def test_a_ticket_needs_something_to_stand_for(db) -> None:
    with pytest.raises(Failure) as caught:
        tickets.issue(factories.actor_of("viewer"))
    assert caught.value.code is Code.UNAUTHENTICATED
