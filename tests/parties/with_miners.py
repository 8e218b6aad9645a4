"""Starts simulated miners, runs a party against them, and ends with the party's exit code.

`python -m tests.parties.with_miners PARTY_PYTHON SCRIPT ADDRESS [ADDRESS ...]`. Both run here so
that one network namespace holds them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.miners import ROOT, until_ready
from tests.support.netns import in_namespace
from tests.support.parties import party_python

_PATIENCE_S = 120


def run_party(script: str, addresses: list[str]) -> dict[str, Any]:
    """What a party script printed about the miners at `addresses`; fails with its words."""
    party = Path(__file__).with_name(script)
    inner = [sys.executable, "-m", "tests.parties.with_miners", str(party_python()), str(party)]
    done = subprocess.run(
        in_namespace([*inner, *addresses]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def main(python: str, script: str, addresses: list[str]) -> int:
    options = [option for address in addresses for option in ("--miner", address)]
    command = [sys.executable, "-m", "apps.miners.simulator", "--boot-seconds", "1", *options]
    simulator = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        until_ready(simulator)
        return subprocess.run([python, script, *addresses], cwd=ROOT, check=False).returncode
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
