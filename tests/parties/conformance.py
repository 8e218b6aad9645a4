"""Runs the protocol's own conformance suites and reads what they wrote, not how they exited."""

import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.node import node, node_modules

FOLDER: Final = Path(__file__).resolve().parent
_RESULT: Final = re.compile(r"^server-(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$")

_EVERYWHERE: Final = """
completion-complete tools-list tools-call-simple-text tools-call-image tools-call-audio
tools-call-embedded-resource tools-call-mixed-content tools-call-error tools-call-with-progress
json-schema-2020-12 server-sse-multiple-streams resources-list resources-read-text
resources-read-binary resources-templates-read prompts-list prompts-get-simple
prompts-get-with-args prompts-get-embedded-resource prompts-get-with-image
dns-rebinding-protection
"""
_HANDSHAKE: Final = """
server-initialize logging-set-level ping tools-call-with-logging tools-call-sampling
tools-call-elicitation elicitation-sep1034-defaults elicitation-sep1330-enums
resources-subscribe resources-unsubscribe
"""
_MODERN: Final = """
server-stateless sep-2164-resource-not-found caching http-header-validation
http-custom-header-server-validation input-required-result-basic-elicitation
input-required-result-basic-sampling input-required-result-basic-list-roots
input-required-result-request-state input-required-result-multiple-input-requests
input-required-result-multi-round input-required-result-missing-input-response
input-required-result-non-tool-request input-required-result-result-type
input-required-result-unsupported-methods input-required-result-tampered-state
input-required-result-capability-check input-required-result-ignore-extra-params
input-required-result-validate-input
"""
_TASKS: Final = """
tasks-lifecycle tasks-capability-negotiation tasks-wire-fields tasks-request-state-removal
tasks-mrtr-input tasks-request-headers tasks-dispatch-and-envelope tasks-required-task-error
tasks-mrtr-composition
"""

#: Not required, each with its reason; tests of our own cover what they are about.
EXEMPT: Final = {
    "server-sse-polling": "0.1.16 ticks it without a check; it wants streams that can be resumed",
    "tasks-status-notifications": "its one check is always skipped",
}


@dataclass(frozen=True)
class Suite:
    """One run of one release of the suites: what it is told, and what has to pass."""

    name: str
    package: str
    arguments: tuple[str, ...]
    required: frozenset[str]


def scenarios(*texts: str) -> frozenset[str]:
    """The names in some of the texts above."""
    return frozenset(name for text in texts for name in text.split())


SUITES: Final = (
    Suite("0.1.16", "conformance", ("--suite", "all"), scenarios(_EVERYWHERE, _HANDSHAKE)),
    Suite(
        "2025-11-25",
        "conformance-next",
        ("--requirements", "2025-11-25"),
        scenarios(_EVERYWHERE, _HANDSHAKE),
    ),
    Suite(
        "2026-07-28",
        "conformance-next",
        ("--requirements", "2026-07-28"),
        scenarios(_EVERYWHERE, _MODERN, _TASKS),
    ),
)
#: It comes as a client that cannot be asked anything, which gets a session only by a setting. Each
#: other scenario is run as the product comes.
LIFECYCLE: Final = Suite(
    "session lifecycle",
    "conformance-next",
    ("--scenario", "server-session-lifecycle", "--spec-version", "2025-11-25"),
    frozenset({"server-session-lifecycle"}),
)


def run(suite: Suite, url: str, folder: Path) -> dict[str, list[dict[str, str]]]:
    """The checks of every scenario that ran against `url`."""
    program = node_modules(FOLDER) / suite.package / "dist" / "index.js"
    command = [str(node()), str(program), "server", "--url", url, *suite.arguments]
    done = subprocess.run(
        [*command, "-o", str(folder)],
        cwd=FOLDER,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = read(folder)
    assert found, f"nothing ran:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return found


def read(folder: Path) -> dict[str, list[dict[str, str]]]:
    """What a run wrote, by scenario."""
    found = {}
    for path in folder.glob("*/checks.json"):
        name = _RESULT.match(path.parent.name)
        assert name, path.parent.name
        found[name[1]] = json.loads(path.read_text())
    return found


def complaints(suite: Suite, found: dict[str, list[dict[str, str]]]) -> list[str]:
    """What stands against the verdict that all that is required passed, with the suite's words."""
    said = []
    for scenario in sorted(suite.required):
        checks = found.get(scenario, [])
        by_status = Counter(check["status"] for check in checks)
        failed = [check for check in checks if check["status"] == "FAILURE"]
        said += [
            f"{suite.name} {scenario}: {one['id']}: {one.get('errorMessage', '')}" for one in failed
        ]
        if not failed and not by_status["SUCCESS"]:
            said.append(f"{suite.name} {scenario}: nothing was checked")
    return said
