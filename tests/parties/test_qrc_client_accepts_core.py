"""An independent TCP client, written by others, works against the simulated Core."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import node, node_modules
from tests.support.qsys import own_address, simulator_process

HERE = Path(__file__).parent
pytestmark = pytest.mark.party


@pytest.fixture(scope="module")
def report() -> Iterator[dict[str, Any]]:
    """What the client saw."""
    node_modules(HERE)
    with simulator_process("--controls", "1000") as site:
        core = site.cores[own_address()]
        done = subprocess.run(
            [str(node()), str(HERE / "qrc_party.mjs"), core["core"], str(core["ports"]["qrc"])],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout)


def test_reads_status_and_components(report: dict[str, Any]) -> None:
    assert report["status"]["DesignName"] == "Demo House"
    assert report["status"]["State"] == "Active"
    assert report["components"][0] == "Lobby Gain"
    assert "EngineStatus" in report["pushed"]


def test_reads_controls_of_a_component_and_named_ones(report: dict[str, Any]) -> None:
    gain, mute = report["controls"]["Controls"]
    assert (gain["Name"], gain["Value"], gain["String"]) == ("gain", -20, "-20.0dB")
    assert (mute["Value"], mute["String"]) == (False, "unmuted")
    assert [one["Name"] for one in report["named"]] == ["LobbyGain", "Lobby Mute"]


def test_sets_and_reads_back(report: dict[str, Any]) -> None:
    assert report["set"] is True
    assert [one["String"] for one in report["after"]] == ["-12.5dB", "muted"]


def test_polls_a_change_group(report: dict[str, Any]) -> None:
    first = report["first_poll"]["Changes"]
    assert [(one["Component"], one["Name"]) for one in first] == [("Lobby Gain", "gain")]
    assert report["second_poll"]["Changes"] == []
    assert [one["Value"] for one in report["third_poll"]["Changes"]] == [-6]
    assert len(report["invalidated_poll"]["Changes"]) == 1


def test_observes_automatic_polls(report: dict[str, Any]) -> None:
    assert len(report["automatic"]) == 5
    assert {one["Id"] for one in report["automatic"]} == {"auto"}
    names = {change["Name"] for one in report["automatic"] for change in one["Changes"]}
    assert names == {"meter.1", "meter.2"}


def test_maps_errors(report: dict[str, Any]) -> None:
    codes = {name: one.get("code") for name, one in report["failures"].items()}
    assert codes == {
        "method": -32601,
        "component": 7,
        "control": 8,
        "group": 6,
        "fifth_group": 5,
    }
    assert report["failures"]["group"]["message"].endswith("does not exist")
    assert report["after_destroy"] == {"answered": True}
