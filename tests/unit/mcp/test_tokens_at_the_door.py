"""OAuth tokens on `/mcp`: made for it alone, as wide as their scopes, widened by asking again."""

import base64
import json
from typing import Any

import pytest

from apps.accounts.assistants import assistant_disconnect, client_revoke
from apps.accounts.authenticate import forget_all
from apps.accounts.models import Assistant, Tenant
from apps.accounts.services import grant_revoke, user_suspend
from apps.audit.models import AuditLog
from apps.jobs.models import Job
from apps.qsys.models import Watch
from tests.support import factories
from tests.support.oauth import ORIGIN, RESOURCE, Party, program
from tests.unit.mcp.asking import Reply, ask, call

METADATA = f"{ORIGIN}/.well-known/oauth-protected-resource/mcp"


@pytest.fixture
def party(tenant: Tenant) -> Party:
    return Party(factories.user(tenant, "engineer"), program(tenant))


def shown(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def listed(token: str) -> set[str]:
    forget_all()
    found = ask(None, "tools/list", headers=shown(token)).result["tools"]
    return {tool["name"] for tool in found}


def refused(reply: Reply) -> str:
    """The challenge of a token that is not taken."""
    assert reply.status == 401
    assert reply.error["code"] == -32001
    return reply.headers["www-authenticate"]


def test_a_token_opens_the_door_for_an_agent_of_its_person(party: Party) -> None:
    party.connect()
    device = factories.device(party.person.tenant, name="Lobby")
    reply = call(None, "fleet_device_list", headers=shown(party.access))
    assert [one["id"] for one in reply.content["output"]["devices"]] == [str(device.id)]
    agent = Assistant.system.get().agent
    party.scope = "fleet:read fleet:write"
    party.connect()
    watch = {"device": str(device.id), "name": "x"}
    assert call(None, "qsys_watch_set", watch, headers=shown(party.access)).status == 200
    row = AuditLog.system.filter(operation="qsys.watch.set").latest("id")
    assert (row.actor_kind, row.actor_id, row.acts_for) == ("agent", agent.id, party.person.id)
    assert row.credential_id == Assistant.system.get().id
    assert row.client == "robot 7"


def test_a_stranger_is_told_where_tokens_come_from(tenant: Tenant) -> None:
    challenge = refused(ask(None, "tools/list"))
    assert challenge.startswith("Bearer ")
    assert f'resource_metadata="{METADATA}"' in challenge
    assert 'scope="fleet:read"' in challenge
    assert "ApiKey" in challenge
    assert "invalid_token" not in challenge


def test_a_token_that_nobody_made_is_called_invalid(tenant: Tenant) -> None:
    assert 'error="invalid_token"' in refused(ask(None, "tools/list", headers=shown("cpo_x")))


def test_a_token_without_a_resource_is_refused(party: Party) -> None:
    party.connect(resource=None)
    reply = ask(None, "tools/list", headers=shown(party.access))
    refused(reply)
    assert f"resource={RESOURCE}" in reply.error["message"]
    answer = party.program.get("/api/v1/auth/me", headers=shown(party.access))
    assert answer.json()["kind"] == "agent"


def test_a_token_for_another_address_of_ours_is_refused(party: Party) -> None:
    """Whoever passes a token on to us under another name finds it closed."""
    party.connect()
    headers = {**shown(party.access), "host": "localhost:8000"}
    refused(ask(None, "tools/list", headers=headers))


def test_a_token_for_mcp_opens_no_other_door(party: Party) -> None:
    party.connect()
    answer = party.program.get("/api/v1/auth/me", headers=shown(party.access))
    assert answer.status_code == 401
    assert "another resource" in answer.json()["detail"]


def test_a_verdict_of_one_door_is_not_remembered_at_another(party: Party) -> None:
    party.connect()
    assert ask(None, "tools/list", headers=shown(party.access)).status == 200
    answer = party.program.get("/api/v1/auth/me", headers=shown(party.access))
    assert answer.status_code == 401


def unsigned(algorithm: str) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, {"sub": "admin", "aud": RESOURCE, "exp": 9**10}]
    text = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    return ".".join([*text, "" if algorithm == "none" else "c2lnbmVk"])


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256"])
def test_no_signed_token_is_taken(tenant: Tenant, algorithm: str) -> None:
    refused(ask(None, "tools/list", headers=shown(unsigned(algorithm))))


def test_a_token_in_the_address_is_not_looked_at(party: Party) -> None:
    party.connect()
    answer = party.program.get(f"/api/v1/auth/me?access_token={party.access}")
    assert answer.status_code == 401


# -- scopes


def test_tools_that_only_scopes_keep_away_are_listed(party: Party) -> None:
    party.connect()
    names = listed(party.access)
    assert {"fleet_device_list", "qsys_control_set", "miners_miner_reboot"} <= names


def test_tools_that_the_role_keeps_away_are_not(tenant: Tenant) -> None:
    party = Party(factories.user(tenant, "viewer"), program(tenant), "fleet:read fleet:write")
    names = listed(party.connect().access)
    assert "fleet_device_list" in names
    assert "qsys_control_set" not in names


@pytest.mark.parametrize(
    ("scope", "tool", "wanted"),
    [
        ("fleet:read", "qsys_watch_set", "fleet:read fleet:write"),
        ("fleet:read", "miners_miner_reboot", "fleet:read fleet:write fleet:dangerous"),
        ("fleet:write", "miners_miner_reboot", "fleet:write fleet:dangerous"),
        ("fleet:write", "miners.miner.reboot", "fleet:write fleet:dangerous"),
    ],
)
def test_a_missing_scope_asks_for_a_step_up(
    party: Party, scope: str, tool: str, wanted: str
) -> None:
    party.scope = scope
    party.connect()
    device = factories.device(party.person.tenant, name="Lobby")
    data = {"device": str(device.id), "name": "x"}
    reply = call(None, tool, data, headers=shown(party.access))
    assert reply.status == 403
    challenge = reply.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert f'scope="{wanted}"' in challenge
    assert f'resource_metadata="{METADATA}"' in challenge
    assert reply.error["data"]["code"] == "forbidden"
    assert not Watch.system.exists()
    assert not Job.system.exists()


def test_after_the_step_up_the_same_call_goes_through(party: Party) -> None:
    party.connect()
    device = factories.device(party.person.tenant)
    data = {"device": str(device.id), "name": "x"}
    assert call(None, "qsys_watch_set", data, headers=shown(party.access)).status == 403
    party.scope = "fleet:read fleet:write"
    party.connect()
    assert call(None, "qsys_watch_set", data, headers=shown(party.access)).status == 200
    assert Watch.system.filter(device=device, name="x").exists()


def test_a_tool_that_scopes_alone_would_not_open_is_as_good_as_unknown(tenant: Tenant) -> None:
    party = Party(factories.user(tenant, "viewer"), program(tenant)).connect()
    data = {"device": str(factories.device(tenant).id), "name": "x"}
    real, absent = (
        call(None, name, data, headers=shown(party.access))
        for name in ("qsys_watch_set", "qsys_watch_sit")
    )
    assert "www-authenticate" not in real.headers
    assert real.error["code"] == absent.error["code"] == -32602
    assert real.error["data"]["code"] == absent.error["data"]["code"] == "not_found"
    assert real.status == absent.status
    assert not Watch.system.exists()
    assert AuditLog.system.filter(operation="qsys.watch.set", entry="denied").exists()


def test_a_keys_scopes_are_not_widened(tenant: Tenant) -> None:
    key = factories.api_key(factories.user(tenant, "engineer"), scopes=("fleet:read",))
    device = factories.device(tenant)
    reply = call(key, "qsys_watch_set", {"device": str(device.id), "name": "x"})
    assert reply.body["error"]["code"] == -32602
    assert "www-authenticate" not in reply.headers
    assert not Watch.system.exists()


# -- what ends it


def test_a_role_that_narrows_narrows_its_assistants(party: Party) -> None:
    party.scope = "fleet:read fleet:write"
    party.connect()
    grant = party.person.grants.get()
    factories.grant(party.person, "viewer", site_path="/")
    grant_revoke(grant)
    names = listed(party.access)
    assert "fleet_device_list" in names
    assert "qsys_watch_set" not in names


@pytest.mark.parametrize("end", ["disconnected", "client revoked", "person suspended"])
def test_it_is_over_at_once(party: Party, end: str) -> None:
    party.connect()
    assert ask(None, "tools/list", headers=shown(party.access)).status == 200
    assistant = Assistant.system.get()
    ends: dict[str, Any] = {
        "disconnected": lambda: assistant_disconnect(assistant),
        "client revoked": lambda: client_revoke(assistant.client),
        "person suspended": lambda: user_suspend(party.person),
    }
    ends[end]()
    refused(ask(None, "tools/list", headers=shown(party.access)))
    assert party.refresh(party.tokens["refresh_token"]).status_code == 400


def test_an_assistant_never_approves(tenant: Tenant) -> None:
    party = Party(factories.user(tenant, "admin"), program(tenant), "fleet:read admin")
    party.connect(resource=None)
    answer = party.program.post(
        "/api/v1/operations/operations.approval.grant",
        {"input": {"approval": "0199c5a0-0000-7000-8000-000000000000"}},
        "application/json",
        headers=shown(party.access),
    )
    assert answer.status_code in (403, 404)
