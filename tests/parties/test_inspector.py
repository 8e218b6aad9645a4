"""The MCP Inspector's command line lists and calls, over HTTP and through the relay for stdio."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.authenticate import forget_all
from tests.parties.mcp_serving import ROOT, serving
from tests.support import factories
from tests.support.node import node, node_modules

FOLDER = Path(__file__).resolve().parent
PROGRAM = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
#: How the Inspector ends when a tool says that it failed.
TOOL_IS_ERROR = 5

pytestmark = [pytest.mark.party, pytest.mark.django_db(transaction=True)]


def inspect(
    target: list[str], home: Path, method: str, *arguments: str, code: int = 0
) -> dict[str, Any]:
    """What the Inspector prints; fails when it ends otherwise than by `code`."""
    program = str(node_modules(FOLDER) / PROGRAM)
    done = subprocess.run(
        [str(node()), program, "--cli", *target, "--method", method, *arguments],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def over_http(url: str, key: str) -> list[str]:
    return [url, "--transport", "http", "--header", f"X-API-Key: {key}"]


def over_stdio(url: str, key: str) -> list[str]:
    relay = [sys.executable, "-m", "apps.mcp.stdio", url]
    return [*relay, "--transport", "stdio", "-e", f"CONTROLPLANE_API_KEY={key}"]


@pytest.mark.parametrize("target", [over_http, over_stdio])
def test_the_inspector_is_content(target: Any, tmp_path: Path) -> None:
    forget_all()
    key = factories.api_key(factories.user(factories.tenant(), "operator"))
    with serving("granian") as running:
        reached = target(running.url, key)
        listed = inspect(reached, tmp_path, "tools/list", "--strict")
        call = ("--tool-name", "system_ping")
        called = inspect(reached, tmp_path, "tools/call", *call)
        wrong = ("--tool-name", "fleet_device_list", "--tool-arg", "knid=core")
        refused = inspect(reached, tmp_path, "tools/call", *wrong, code=TOOL_IS_ERROR)
    assert "system_ping" in {tool["name"] for tool in listed["tools"]}
    assert called["structuredContent"]["output"]["pong"] is True
    assert refused["isError"] is True
    assert refused["structuredContent"]["errors"][0]["path"] == "knid"
