"""The vendor's own library runs on a sample design, and follows what changes in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.node import node, node_modules
from tests.support.qsys import own_address, simulator_process

HERE = Path(__file__).parent
pytestmark = pytest.mark.party


def test_it_finds_a_room_of_the_corporate_floor_and_follows_its_level() -> None:
    node_modules(HERE)
    address = own_address()
    with simulator_process("--design", "corporate-floor") as site:
        core = site.cores[address]
        assert (core["design"], core["controls"]) == ("Floor 7 / Head Office", 5_000)
        url = f"ws://{address}:{core['ports']['ws']}/qrc-public-api/v0"
        command = [str(node()), str(HERE / "qrwc_watch.mjs"), url, "Room 7.07/Gain", "gain"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as library:
            assert library.stdout is not None
            try:
                assert json.loads(library.stdout.readline()) == {"ready": True, "value": -20}
                site.order(
                    core=address, do="set", component="Room 7.07/Gain", control="gain", value=-7.5
                )
                assert json.loads(library.stdout.readline()) == {"value": -7.5}
            finally:
                library.kill()
