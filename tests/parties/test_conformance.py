"""The protocol's own suites accept the MCP face: on both paths, under two servers."""

import json
from pathlib import Path

import pytest

from apps.accounts.authenticate import forget_all
from tests.parties.conformance import EXEMPT, LIFECYCLE, SUITES, Suite, complaints, read, run
from tests.parties.mcp_serving import serving, working
from tests.support import factories

MOUNT = "tests.parties.conformance_mount:application"
UNLIMITED = {"API_RATE_LIMIT_RPM": "10000000", "API_RATE_LIMIT_BURST": "1000000"}


@pytest.mark.party
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("thin", ["true", "false"], ids=["thin", "sdk"])
@pytest.mark.parametrize("server", ["granian", "daphne"])
def test_the_suites_pass(server: str, thin: str, tmp_path: Path) -> None:
    forget_all()
    key = factories.api_key(factories.user(factories.tenant(), "admin"))
    environ = {**UNLIMITED, "CONFORMANCE_KEY": key, "MCP_THIN_PATH": thin}
    with serving(server, MOUNT, **environ) as running, working():
        said = [
            complaint
            for suite in SUITES
            for complaint in complaints(suite, run(suite, running.url, tmp_path / suite.name))
        ]
    assert said == []


@pytest.mark.party
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("thin", ["true", "false"], ids=["thin", "sdk"])
@pytest.mark.parametrize("server", ["granian", "daphne"])
def test_a_session_ends_when_its_client_says_so(server: str, thin: str, tmp_path: Path) -> None:
    forget_all()
    key = factories.api_key(factories.user(factories.tenant(), "admin"))
    environ = {"CONFORMANCE_KEY": key, "MCP_THIN_PATH": thin, "MCP_SESSIONS_ALWAYS": "true"}
    with serving(server, MOUNT, **UNLIMITED, **environ) as running:
        found = run(LIFECYCLE, running.url, tmp_path)
    assert complaints(LIFECYCLE, found) == []
    succeeded = {
        one["id"] for one in found["server-session-lifecycle"] if one["status"] == "SUCCESS"
    }
    assert "server-session-terminated-returns-404" in succeeded


def test_only_what_tests_nothing_is_exempt() -> None:
    assert set(EXEMPT) == {"server-sse-polling", "tasks-status-notifications"}
    assert not any(suite.required & EXEMPT.keys() for suite in SUITES)


def written(folder: Path, scenario: str, *statuses: str) -> None:
    place = folder / f"server-{scenario}-2026-11-01T10-00-00-000Z"
    place.mkdir(parents=True)
    checks = [{"id": f"{scenario}-{n}", "status": one} for n, one in enumerate(statuses)]
    (place / "checks.json").write_text(json.dumps(checks))


def test_a_tick_without_a_check_is_a_complaint(tmp_path: Path) -> None:
    suite = Suite("s", "p", (), frozenset({"good", "bad", "empty", "server-absent"}))
    written(tmp_path, "good", "SUCCESS", "WARNING")
    written(tmp_path, "bad", "SUCCESS", "FAILURE")
    written(tmp_path, "empty", "SKIPPED")
    written(tmp_path, "not-asked-for", "FAILURE")
    assert complaints(suite, read(tmp_path)) == [
        "s bad: bad-1: ",
        "s empty: nothing was checked",
        "s server-absent: nothing was checked",
    ]
