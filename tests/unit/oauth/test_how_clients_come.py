"""Clients that nobody registered: by a document at their address, or by themselves."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client as Browser
from oauth2_provider.cimd import CIMDError, SafeMetadataFetcher
from oauth2_provider.models import Application

from apps.accounts.models import Assistant, Client, Tenant
from apps.kernel import clock
from tests.contract.witness import Listener
from tests.support import factories
from tests.support.oauth import HOST, REDIRECT, Party, told

pytestmark = pytest.mark.django_db

PROGRAM = "https://claude.example/client.json"
DOCUMENT = {
    "client_id": PROGRAM,
    "client_name": "Claude",
    "redirect_uris": [REDIRECT, "https://claude.example/callback"],
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
}


class Shelf(SafeMetadataFetcher):
    """Documents by address, in place of the network."""

    documents: dict[str, Any] = {}
    fetched: list[str] = []

    def fetch(self, client_id: str) -> tuple[dict[str, Any], int]:
        self.fetched.append(client_id)
        if client_id not in self.documents:
            raise CIMDError("nothing there")
        return self.documents[client_id], 600


@pytest.fixture
def shelf(settings: Any) -> type[Shelf]:
    Shelf.documents, Shelf.fetched = {PROGRAM: DOCUMENT}, []
    path = f"{Shelf.__module__}.{Shelf.__qualname__}"
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "CIMD_METADATA_FETCHER": path}
    return Shelf


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.stop()


def party_of(client_id: str, tenant: Tenant | None = None) -> Party:
    """A person whose program names itself."""
    return Party(factories.user(tenant), Application(client_id=client_id))


# -- by a document


def test_a_document_makes_a_client(shelf: type[Shelf]) -> None:
    party = party_of(PROGRAM)
    page = party.browser.get(party.question()).content.decode()
    assert "Let Claude act for you?" in page
    assert "claude.example vouches for it." in page
    party.connect()
    application = Application.objects.get(client_id=PROGRAM)
    assert application.registration_source == "cimd"
    assert application.client_type == "public"
    assert Client.system.get().tenant == party.person.tenant
    assert shelf.fetched == [PROGRAM]


def test_people_of_every_tenant_may_connect_it_until_an_administrator_objects(
    shelf: type[Shelf],
) -> None:
    one, other = party_of(PROGRAM).connect(), party_of(PROGRAM).connect()
    Client.system.filter(tenant=one.person.tenant).update(revoked_at=clock.now())
    assert one.decide().status_code == 404
    assert other.decide().status_code == 302


def test_a_stale_document_is_read_again(shelf: type[Shelf]) -> None:
    party = party_of(PROGRAM)
    party.code()
    Application.objects.update(cimd_expires_at=clock.now() - timedelta(seconds=1))
    shelf.documents[PROGRAM] = {**DOCUMENT, "redirect_uris": ["https://claude.example/callback"]}
    assert party.decide().status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "https://other.example/client.json"},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"client_secret": "x"},
        {"grant_types": ["password"]},
    ],
)
def test_a_wrong_document_makes_none(shelf: type[Shelf], changes: dict[str, Any]) -> None:
    shelf.documents[PROGRAM] = {**DOCUMENT, **changes}
    assert party_of(PROGRAM).decide().status_code == 400
    assert not Application.objects.exists()


def test_a_document_may_not_send_answers_in_the_clear(shelf: type[Shelf]) -> None:
    elsewhere = "http://elsewhere.example/callback"
    shelf.documents[PROGRAM] = {**DOCUMENT, "redirect_uris": [elsewhere]}
    party = party_of(PROGRAM)
    for asked in (elsewhere, None):
        assert party.decide(redirect_uri=asked).status_code == 400
    assert not Assistant.system.exists()


def test_strangers_make_us_fetch_nothing(shelf: type[Shelf]) -> None:
    party = party_of(PROGRAM)
    assert party.program.get(party.question()).status_code == 302
    assert shelf.fetched == []


def test_a_missing_document_is_not_asked_for_again_at_once(shelf: type[Shelf]) -> None:
    party = party_of("https://nobody.example/client.json")
    assert [party.decide().status_code for _ in range(3)] == [400, 400, 400]
    assert len(shelf.fetched) == 1


def test_documents_may_be_off(settings: Any, shelf: type[Shelf]) -> None:
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "CIMD_ENABLED": False}
    assert party_of(PROGRAM).decide().status_code == 400
    assert shelf.fetched == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"],
)
def test_an_address_inside_is_never_fetched(listener: Listener, host: str) -> None:
    party = party_of(f"https://{host}:{listener.port}/client.json")
    assert party.decide().status_code == 400
    assert listener.calls == 0


@pytest.mark.parametrize(
    "client_id",
    [
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/client.json",
        "https://[64:ff9b::a9fe:a9fe]/client.json",
        "https://[2002:7f00:1::]/client.json",
        "https://user@claude.example/client.json",
        "https://claude.example/../client.json",
        "https://claude.example",
        "http://claude.example/client.json",
    ],
)
def test_the_real_fetcher_refuses_what_is_not_public(client_id: str) -> None:
    with pytest.raises(CIMDError):
        SafeMetadataFetcher().fetch(client_id)


# -- by itself


@pytest.fixture
def registration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "CONFIG", factories.config(oauth_registration=True))


def register(body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Browser(headers={"host": HOST}).post("/oauth/register", text, "application/json")


def test_a_program_registers_itself_where_that_is_on(registration: None) -> None:
    answer = register({"client_name": "Helper", "redirect_uris": [REDIRECT], "logo_uri": "x"})
    body = answer.json()
    assert answer.status_code == 201
    assert body["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in body
    party = party_of(body["client_id"])
    page = party.browser.get(party.question()).content.decode()
    assert "It named itself; nobody has checked that." in page
    assert told(party.decide())["code"]


def test_registration_is_off() -> None:
    assert register({"redirect_uris": [REDIRECT]}).status_code == 404
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{", "invalid_client_metadata"),
        ([], "invalid_client_metadata"),
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://evil.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT] * 11}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT], "client_name": "x" * 101}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT], "client_name": 7}, "invalid_client_metadata"),
    ],
)
def test_a_wrong_registration_makes_none(registration: None, body: Any, error: str) -> None:
    answer = register(body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not Application.objects.exists()


def test_a_wrong_registration_says_what_is_allowed(registration: None) -> None:
    said = register({"redirect_uris": ["http://evil.example/"]}).json()["error_description"]
    assert said.startswith("redirect_uris.0: is none of https://…, http://127.0.0.1/…")
    said = register({}).json()["error_description"]
    assert said == "redirect_uris: is needed. Allowed: a list of 1 to 10 items."


def test_registrations_of_one_address_are_few(registration: None) -> None:
    answers = [register({"redirect_uris": [REDIRECT]}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert Application.objects.count() == 10
