"""Credentials on `/mcp`: the same as everywhere, and 401 for whoever shows none."""

from typing import Any

import pytest

from apps.accounts.models import ApiKey
from apps.kernel import clock
from tests.support import factories
from tests.unit.mcp.asking import ask, call, send
from tests.unit.mcp.conftest import KeyOf


@pytest.fixture
def anonymous(settings: Any) -> None:
    settings.CONFIG = factories.config(mcp_anonymous_enabled=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic eA=="}, {"x-api-key": "  "}])
def test_no_credential_is_401_with_a_challenge(headers: dict[str, str]) -> None:
    reply = ask(None, "tools/list", headers=headers)
    assert reply.status == 401
    assert reply.error["code"] == -32001
    assert reply.error["data"]["code"] == "unauthenticated"
    assert "X-API-Key" in reply.error["message"]
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["cp_nosuchky_secret", "cpt_nosuchtoken", "words"])
def test_a_wrong_key_is_401(key: str) -> None:
    assert ask(key, "tools/list").status == 401


def test_a_revoked_key_is_401(key_of: KeyOf) -> None:
    key = key_of()
    ApiKey.system.update(revoked_at=clock.now())
    reply = ask(key, "tools/list")
    assert reply.status == 401
    assert "revoked" in reply.error["message"]


@pytest.mark.parametrize(
    "shown",
    [
        lambda key: {"x-api-key": f"{key} \t"},
        lambda key: {"authorization": f"ApiKey {key}"},
        lambda key: {"authorization": f"bearer  {key} "},
    ],
)
def test_every_spelling_of_a_key_is_taken(key_of: KeyOf, shown: Any) -> None:
    assert ask(None, "tools/list", headers=shown(key_of())).status == 200


def test_handshake_clients_are_answered_alike(key_of: KeyOf) -> None:
    params = {
        "protocolVersion": "2024-11-05",
        "capabilities": {},
        "clientInfo": {"name": "old", "version": "1"},
    }
    reply = ask(key_of(), "initialize", params, version="2024-11-05")
    assert reply.result["protocolVersion"] == "2024-11-05"
    assert reply.result["serverInfo"]["name"] == "controlplane"


@pytest.mark.usefixtures("anonymous", "tenant", "path")
@pytest.mark.parametrize("name", ["system_ping", "system.health"])
def test_anonymous_may_ping_and_ask_for_health_where_it_is_on(name: str) -> None:
    assert call(None, name).content["status"] == "ok"


@pytest.mark.usefixtures("anonymous", "tenant", "path")
def test_anonymous_sees_no_other_tool() -> None:
    listed = ask(None, "tools/list").result["tools"]
    assert [tool["name"] for tool in listed] == ["system_health", "system_ping"]


@pytest.mark.usefixtures("anonymous", "tenant", "path")
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "system_metrics", "arguments": {}}),
        ("tools/call", {"name": "nonsense", "arguments": {}}),
        ("resources/list", {}),
        ("resources/read", {"uri": "fleet://devices"}),
    ],
)
def test_anonymous_gets_401_for_all_else(method: str, params: dict[str, Any]) -> None:
    assert ask(None, method, params).status == 401


@pytest.mark.usefixtures("anonymous", "tenant")
def test_anonymous_gets_401_for_what_cannot_be_read() -> None:
    assert send(b"{").status == 401


@pytest.mark.usefixtures("anonymous", "tenant")
def test_a_wrong_key_is_not_anonymous() -> None:
    assert call("cp_nosuchky_secret", "system_ping").status == 401
