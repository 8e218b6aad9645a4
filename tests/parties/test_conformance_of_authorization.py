"""The protocol's own suite accepts the authorization server: metadata and a whole code grant."""

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from apps.accounts.models import Assistant
from apps.kernel.valkey import valkey
from apps.ops.launcher import node
from tests.contract.serving import serving
from tests.support import factories
from tests.support.oauth import filled_in, program
from tests.support.plane import free_port

SUITE = Path(__file__).parent / "node_modules" / "conformance-next" / "dist" / "index.js"
QUESTION = re.compile(r"^https?://\S+/oauth/authorize\?\S+$", re.MULTILINE)
VERDICT = re.compile(r"^. ([a-z-]+): (\d+) passed, (\d+) failed$", re.MULTILINE)

pytestmark = [pytest.mark.party, pytest.mark.django_db(transaction=True)]


def agree(plane: str, username: str, question: str) -> None:
    """The person the suite asks for: logs in, allows, and lets the browser go back to it."""
    with httpx.Client(base_url=plane, timeout=20) as browser:
        filled_in(browser, "/login/", {"username": username, "password": factories.PASSWORD})
        sent = filled_in(browser, question, {"decision": "allow", "scope": ["fleet:read"]})
        assert browser.get(sent.headers["location"]).status_code == 200


def test_the_suite_is_content(tmp_path: Path) -> None:
    valkey().flushdb()
    person, port = factories.user(role="engineer"), free_port()
    client = program(person.tenant, "Suite", f"http://127.0.0.1:{port}/callback")
    with serving() as server:
        asked = {
            "--url": server.url,
            "--client-id": client.client_id,
            "--resource": f"{server.url}/mcp",
            "--port": str(port),
        }
        command = [str(node.folder() / "bin" / "node"), str(SUITE), "authorization"]
        arguments = [word for pair in asked.items() for word in pair]
        with subprocess.Popen(
            [*command, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as suite:
            said = ""
            for line in suite.stdout or ():
                said += line
                if QUESTION.match(line):
                    agree(server.url, person.username, line.strip())
    assert suite.returncode == 0, said
    verdicts = {name: (int(passed), int(failed)) for name, passed, failed in VERDICT.findall(said)}
    assert verdicts.keys() == {"authorization-server-metadata-endpoint", "authorization-code-grant"}
    assert all(passed > 0 and failed == 0 for passed, failed in verdicts.values()), said
    assert Assistant.system.get().person == person
