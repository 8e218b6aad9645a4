"""The documents say what the server does, and nothing it does not do."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests.support import factories
from tests.support.oauth import HOST, ORIGIN, RESOURCE

ROOT = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"

pytestmark = pytest.mark.django_db


def document(path: str, host: str = HOST) -> dict[str, Any]:
    answer = Client(headers={"host": host}).get(path)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    return dict(answer.json())


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def change(**fields: Any) -> None:
        monkeypatch.setattr(django_settings, "CONFIG", factories.config(**fields))

    return change


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/mcp", f"{ROOT}/mcp/qsys"])
def test_the_resource_names_its_server_and_the_least_scope(path: str) -> None:
    assert document(path) == {
        "resource": RESOURCE,
        "authorization_servers": [ORIGIN],
        "scopes_supported": ["fleet:read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Control Plane",
    }


def test_the_server_tells_its_addresses_and_its_limits() -> None:
    found = document(SERVER)
    assert found["issuer"] == ORIGIN
    assert found["authorization_endpoint"] == f"{ORIGIN}/oauth/authorize"
    assert found["token_endpoint"] == f"{ORIGIN}/oauth/token"
    assert found["revocation_endpoint"] == f"{ORIGIN}/oauth/revoke"
    assert found["response_types_supported"] == ["code"]
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["token_endpoint_auth_methods_supported"] == ["none"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["client_id_metadata_document_supported"] is True
    assert "registration_endpoint" not in found
    assert "jwks_uri" not in found


def test_registration_is_told_where_it_is_on(configured: Any) -> None:
    configured(oauth_registration=True)
    assert document(SERVER)["registration_endpoint"] == f"{ORIGIN}/oauth/register"


def test_the_public_address_is_told_whatever_was_asked_for(configured: Any) -> None:
    configured(public_url="https://plane.example")
    assert document(SERVER)["issuer"] == "https://plane.example"
    assert document(ROOT)["resource"] == "https://plane.example/mcp"


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/mcp", SERVER])
def test_nothing_is_offered_where_nobody_said_by_whom(configured: Any, path: str) -> None:
    configured(environment="staging")
    assert Client(headers={"host": HOST}).get(path).status_code == 404
    assert Client(headers={"host": HOST}).post("/oauth/token").status_code == 404
    configured(environment="staging", public_url="https://plane.example")
    assert Client(headers={"host": HOST}).get(path).status_code == 200


@pytest.mark.parametrize("path", [ROOT, SERVER])
def test_a_host_that_is_not_ours_is_told_nothing(path: str) -> None:
    assert Client(headers={"host": "evil.example"}).get(path).status_code == 400
