"""Schemathesis attacks the whole REST face from its own schema, and finds no server error."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.plane import Plane

pytestmark = [pytest.mark.party, pytest.mark.xdist_group("plane")]

#: The attack is not to be slowed down; each call still passes the limiter.
ROOMY = {"API_RATE_LIMIT_RPM": "600000", "API_RATE_LIMIT_BURST": "10000"}
SEED, EXAMPLES, SECONDS = 20_260, 6, 45
#: Checks that ask for more than the face promises: types are read leniently ("1" is a number),
#: and a second credential may stand in for the one left out.
BEYOND = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "ensure_resource_availability",
    "object_level_authorization",
)
#: A device may refuse (502), be away (503) or be slow (504): said in a problem document.
#: 500 is never right.
SETTINGS = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504]
"""
#: What the document says wrongly of a good answer, which other checks still look at.
UNDERDESCRIBED = """
[[operations]]
include-path-regex = "^/api/v1/(audit/|events/|operations/accounts.key.create$)"
checks.response_schema_conformance.enabled = false
checks.status_code_conformance.enabled = false
"""


@pytest.fixture(scope="module")
def plane() -> Iterator[Plane]:
    with Plane(environ=ROOMY) as running:
        yield running


def attack(plane: Plane, folder: Path, role: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One bounded run in a process of its own; what it printed, and its report."""
    settings, report = folder / "schemathesis.toml", folder / "report.xml"
    beyond = "".join(f"[checks.{name}]\nenabled = false\n" for name in BEYOND)
    settings.write_text(SETTINGS + beyond + UNDERDESCRIBED)
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(settings)),
        *("run", f"{plane.url}/api/schema/", "--header", f"X-API-Key: {plane.key(role)}"),
        *("--seed", str(SEED), "--max-examples", str(EXAMPLES), "--max-time", str(SECONDS)),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"),
        *("--generation-database", "none"),
        *("--request-timeout", "60", "--report-junit-path", str(report)),
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS * 5, check=False
    )
    return done, report


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_no_request_that_fits_or_breaks_the_schema_is_a_server_error(
    plane: Plane, tmp_path: Path, role: str
) -> None:
    paths = httpx.get(f"{plane.url}/api/schema/", timeout=60).json()["paths"]
    done, report = attack(plane, tmp_path, role)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert report.read_text().count("<testcase") >= len(paths)
    traced = [json.loads(line) for line in plane.log("web").splitlines() if line.startswith("{")]
    assert [line for line in traced if line.get("level") in ("error", "critical")] == []
