"""The same stream from each server that the product supports."""

from collections.abc import Callable

import httpx
import pytest

from apps.accounts.models import Assistant
from apps.accounts.services import key_revoke
from tests.support import factories
from tests.support.oauth import Party, program
from tests.unit.live.serving import Reader, SocketReader, SseReader, server, until


@pytest.fixture(scope="module", params=["uvicorn", "granian", "daphne"])
def address(request: pytest.FixtureRequest, django_db_setup: None):
    with server(request.param) as url:
        yield url


@pytest.mark.parametrize("reader", [SseReader, SocketReader])
def test_an_event_arrives_soon_after_its_commit(
    address: str, key_of: Callable, tell: Callable, reader: type[Reader]
) -> None:
    with reader(address, headers=key_of()) as found:
        tell("one", "two")
        until(lambda: found.names() == ["one", "two"])
    assert found.events[0]["type"] == "fleet.device.found"
    assert found.events[0]["id"] != found.events[1]["id"]


def test_a_reader_without_a_credential_is_refused_with_what_is_accepted(
    address: str, plant
) -> None:
    answer = httpx.get(f"{address}/events")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "X-API-Key" in answer.json()["detail"]


def test_a_socket_without_a_credential_is_told_why_and_closed(address: str, plant) -> None:
    with SocketReader(address) as found:
        assert found.ended.wait(5)
    assert found.word("closed")["code"] == "unauthenticated"
    assert found.socket.close_code == 4401


def test_a_revoked_key_ends_the_stream_within_five_seconds(
    address: str, plant, tell: Callable
) -> None:
    issued = factories.issued_key(factories.user(plant, "viewer"))
    headers = {"X-API-Key": issued.text}
    with SseReader(address, headers=headers) as sse, SocketReader(address, headers=headers) as ws:
        key_revoke(issued.key)
        assert sse.ended.wait(5)
        assert ws.ended.wait(2), ws.messages
        tell("secret")
    assert sse.word("closed")["code"] == ws.word("closed")["code"] == "unauthenticated"
    assert sse.events == ws.events == []


def test_an_assistant_that_is_cut_off_loses_its_streams_within_five_seconds(
    address: str, plant, tell: Callable
) -> None:
    party = Party(factories.user(plant, "viewer"), program(plant)).connect(resource=None)
    headers = {"Authorization": f"Bearer {party.access}"}
    with SseReader(address, headers=headers) as sse, SocketReader(address, headers=headers) as ws:
        assistant = Assistant.system.get(person=party.person)
        party.browser.post(f"/assistants/{assistant.id}/disconnect/")
        assert sse.ended.wait(5)
        assert ws.ended.wait(2), ws.messages
        tell("secret")
    assert sse.word("closed")["code"] == ws.word("closed")["code"] == "unauthenticated"
    assert "secret" not in [*sse.names(), *ws.names()]
