"""The vendor's own WebSocket library runs its whole flow against the simulated Core."""

from __future__ import annotations

import json
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import node, node_modules
from tests.support.qsys import Site, own_address, simulator_process

HERE = Path(__file__).parent
SECONDS = 3
pytestmark = pytest.mark.party


@pytest.fixture(scope="module", params=["ws", "wss"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One visit of the library: its report, and the Core's own history of it."""
    node_modules(HERE)
    with simulator_process("--controls", "1000", "--meters", "16") as site:
        core = site.cores[own_address()]
        port = core["ports"][request.param]
        url = f"{request.param}://{core['core']}:{port}/qrc-public-api/v0"
        extra = []
        if request.param == "wss":
            extra = [str(_authority(core["core"], port, tmp_path_factory))]
        report = _run(url, str(SECONDS), *extra)
        yield report, _counts(site, core["core"])


def _authority(host: str, port: int, folders: pytest.TempPathFactory) -> Path:
    """The Core's certificate as the one authority, so that the library really verifies it."""
    file = folders.mktemp("ca") / "core.pem"
    file.write_text(ssl.get_server_certificate((host, port)))
    return file


def _run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [str(node()), str(HERE / "qrwc_party.mjs"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _counts(site: Site, core: str) -> dict[str, int]:
    counts: dict[str, int] = site.order(core=core, do="history")["counts"]
    return counts


def test_finds_a_thousand_controls_and_the_engine(visit: Any) -> None:
    report, counts = visit
    assert report["controls"] == 1000
    assert {"Lobby Gain", "Bar/Café - Süd", "Hall.1.Left", "会議室 1"} <= set(report["components"])
    assert report["engine"]["State"] == "Active"
    assert len(report["engine"]["DesignCode"]) == 12
    assert counts["ChangeGroup.AddComponentControl"] == 1000


def test_does_not_see_components_without_script_access(visit: Any) -> None:
    assert "Hidden Script" not in visit[0]["components"]


def test_sets_by_value_position_bool_and_string(visit: Any) -> None:
    sets = visit[0]["sets"]
    assert sets["value"]["Value"] == pytest.approx(-42.1, abs=1e-5)
    assert sets["value"]["Position"] == pytest.approx(0.4825, abs=1e-6)
    assert sets["clamped"]["Value"] == 20
    assert (sets["position"]["Value"], sets["position"]["String"]) == (-10, "-10.0dB")
    assert (sets["bool"]["Bool"], sets["bool"]["String"]) == (True, "muted")
    assert sets["text"]["String"] == "Audio"


def test_learns_metadata_with_the_first_poll(visit: Any) -> None:
    state = visit[0]["state"]
    assert state["gain"]["Type"] == "Float"
    assert (state["gain"]["ValueMin"], state["gain"]["ValueMax"]) == (-100, 20)
    assert state["page"]["Choices"] == ["Home", "Audio", "Cameras"]


def test_polls_at_full_speed_without_an_error(visit: Any) -> None:
    report, counts = visit
    assert report["errors"] == []
    # 34 ms between polls, with a wide margin for a busy machine.
    assert counts["ChangeGroup.Poll"] > SECONDS * 29 * 0.6
    moving = {f"Meters 1:meter.{n}" for n in range(1, 17)}
    assert moving <= set(report["updated"])
    assert report["updates"] > 16 * SECONDS * 29 * 0.6
