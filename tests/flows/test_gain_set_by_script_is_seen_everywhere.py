"""A script sets a gain over REST; the vendor's own SDK and an open console page see it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.flows.conftest import Api
from tests.support.node import node, node_modules
from tests.support.plane import Plane

PARTIES = Path("tests/parties")


def ws_url(address: str, plane: Plane) -> str:
    port = 8080 if "8000 higher" in plane.log("up") else 80
    return f"ws://{address}:{port}/qrc-public-api/v0"


def test_sdk_sees_the_value_a_script_set(
    plane: Plane, operator: Api, devices: dict[str, dict[str, Any]]
) -> None:
    node_modules(PARTIES)
    url = ws_url(devices["Lobby"]["address"], plane)
    sdk = subprocess.Popen(
        [str(node()), str(PARTIES / "qrwc_watch.mjs"), url, "Lobby Gain", "gain"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sdk.stdout
        assert json.loads(sdk.stdout.readline())["ready"] is True
        answer = operator.call(
            "qsys.control.set",
            input={
                "device": "Lobby",
                "component": "Lobby Gain",
                "control": "gain",
                "value": -17.25,
            },
            reason="sound check",
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["output"]["after"]["value"] == -17.25
        assert answer.json()["output"]["confirmed"] is True
        seen = [json.loads(sdk.stdout.readline())]
        while seen[-1].get("value") != -17.25:
            assert "error" not in seen[-1]
            seen.append(json.loads(sdk.stdout.readline()))
    finally:
        sdk.kill()
        sdk.wait()
