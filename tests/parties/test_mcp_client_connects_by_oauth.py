"""The official Python client connects by OAuth to the real server, from the first 401 onwards."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Assistant
from apps.audit.models import AuditLog
from apps.kernel.valkey import valkey
from apps.qsys.models import Watch
from tests.contract.serving import serving
from tests.parties.mcp_serving import ROOT
from tests.support import factories
from tests.support.oauth import program
from tests.support.parties import party_python

PARTY = Path(__file__).with_name("oauth_party.py")

pytestmark = [pytest.mark.party, pytest.mark.django_db(transaction=True)]


def connect(*arguments: str) -> dict[str, Any]:
    """What the client saw."""
    done = subprocess.run(
        [str(party_python()), str(PARTY), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("registration", ["by an administrator", "by itself"])
def test_the_client_is_content(registration: str) -> None:
    forget_all()
    valkey().flushdb()
    tenant = factories.tenant()
    person = factories.user(tenant, "engineer")
    device = factories.device(tenant, name="Lobby")
    known = registration == "by an administrator"
    client = [program(tenant, "Party", "http://127.0.0.1/callback").client_id] if known else []
    with serving(OAUTH_REGISTRATION="false" if known else "true") as server:
        url = f"{server.url}/mcp"
        seen = connect(url, person.username, factories.PASSWORD, str(device.id), *client)

    assert "qsys_watch_set" in seen["tools"]
    assert [one["id"] for one in seen["devices"]] == [str(device.id)]
    assert (seen["watch"], seen["again"]) == (False, False)
    assert [one["scope"] for one in seen["asked"]][:2] == ["fleet:read", "fleet:read fleet:write"]
    assert {one["resource"] for one in seen["asked"]} == {url}
    assert seen["scopes"] == ["fleet:read", "fleet:read fleet:write", "fleet:read fleet:write"]
    assert seen["refreshed"] == 3
    assert seen["expires_in"] == 900
    assert "iss mismatch" in seen["mixed_up"]

    assistant = Assistant.system.get()
    assert assistant.client.application.client_id == seen["client_id"]
    assert assistant.person == person
    assert Watch.system.filter(device=device, name="party").exists()
    row = AuditLog.system.get(operation="qsys.watch.set", entry="outcome")
    assert (row.actor_kind, row.actor_id) == ("agent", assistant.agent_id)
    assert row.acts_for == person.id
