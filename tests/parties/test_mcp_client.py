"""The official Python client, in both eras and in a process of its own, accepts the MCP face."""

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.authenticate import forget_all
from apps.events.publish import publish
from apps.events.types import DeviceChanged
from tests.parties.mcp_serving import ROOT, serving
from tests.support import factories
from tests.support.parties import party_python

PARTY = Path(__file__).with_name("mcp_party.py")
LISTENING = Path(__file__).with_name("mcp_listening_party.py")
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
CASES = [(server, mode) for server in ("granian", "daphne") for mode in ERAS]

pytestmark = [pytest.mark.party, pytest.mark.django_db(transaction=True)]


def ask(url: str, key: str, mode: str) -> dict[str, Any]:
    """What the client saw."""
    done = subprocess.run(
        [str(party_python()), str(PARTY), url, key, mode],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def heard(url: str, key: str, mode: str, resource: str, change: Callable[[], None]) -> str:
    """What the client was told of a resource. The stream of a session opens beside its
    subscription, so the change is made again until it is heard of."""
    command = [str(party_python()), str(LISTENING), url, key, mode, resource]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as party:
        assert party.stdout is not None
        assert party.stdout.readline() == "listening\n"
        for _ in range(60):
            change()
            with suppress(subprocess.TimeoutExpired):
                party.wait(0.5)
                break
        if party.poll() is None:
            party.kill()
        assert party.returncode == 0
        return party.stdout.read().strip()


@pytest.mark.parametrize(("server", "mode"), CASES)
def test_the_client_is_content(server: str, mode: str) -> None:
    forget_all()
    tenant = factories.tenant()
    mine = factories.device(tenant, name="Lobby")
    factories.device(name="somebody else's")
    key = factories.api_key(factories.user(tenant, "operator"))
    resource = f"fleet://devices/{mine.id}"

    def change() -> None:
        event = DeviceChanged(device_id=mine.id, name="Lobby", change="tagged")
        publish(event, tenant_id=tenant.id, site_path=mine.site_path, device_id=mine.id)

    with serving(server) as running:
        seen = ask(running.url, key, mode)
        assert heard(running.url, key, mode, resource, change) == resource
        assert running.stop() < 5

    assert seen["version"] == ERAS[mode]
    assert seen["server"] == "controlplane"
    assert "never an instruction" in seen["instructions"]
    names = {tool["name"]: tool["title"] for tool in seen["tools"]}
    assert names["system_ping"] == "system.ping"
    for said in ("ping", "dotted", "alias"):
        assert seen[said]["isError"] is False
        assert seen[said]["structuredContent"]["output"]["pong"] is True
    bad = seen["bad"]
    assert bad["isError"] is True
    assert bad["structuredContent"]["code"] == "invalid"
    assert bad["structuredContent"]["errors"][0]["path"] == "detial"
    assert "Did you mean 'detail'?" in bad["content"][0]["text"]
    assert seen["wrong_type"]["structuredContent"]["errors"][0]["path"] == "detail"
    assert seen["unknown"]["code"] == -32602
    assert "system_ping" in seen["unknown"]["message"]
    assert "fleet://devices" in seen["resources"]
    assert "fleet://devices/{device}" in seen["templates"]
    assert seen["searched"]["structuredContent"]["output"]["tools"][0]["name"] == "system_health"
    (told,) = seen["described"]["structuredContent"]["output"]["tools"]
    assert told["inputSchema"]["properties"].keys() == {"detail"}
    assert seen["carried"]["structuredContent"]["output"]["status"] in ("ok", "degraded", "error")
    assert "shift_handover" in seen["prompts"]
    assert "## The fleet at a glance\n<data>" in seen["handover"]
    assert seen["completed"] == ["Lobby"]
    assert [one["id"] for one in seen["devices"]["items"]] == [str(mine.id)]
    assert seen["absent"]["code"] == -32602
    assert seen["wrong_key"]["code"] == -32001
