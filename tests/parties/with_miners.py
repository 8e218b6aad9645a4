"""Starts simulated miners, runs a party against them, and ends with the party's exit code.

`python -m tests.parties.with_miners PARTY_PYTHON SCRIPT ADDRESS [ADDRESS ...]`. Both run here so
that one network namespace holds them.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.miners.client import ClientError, MinerClient, Unreachable
from tests.support.miners import ROOT, until_ready
from tests.support.netns import in_namespace
from tests.support.parties import party_python

_PATIENCE_S = 240
#: Miners that are read while a party works, and seconds between two readings of one.
READ_ALONG = 25
PERIOD_S = 0.5


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


@contextmanager
def reading_along(addresses: list[str]) -> Iterator[dict[str, Any]]:
    """Our client reads what the poller reads, of each miner once in `PERIOD_S`, meanwhile.

    A miner that is away, as while it reboots, is no failure; what it refuses is.
    """
    ours: dict[str, Any] = {"readings": 0, "failures": []}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="ours", daemon=True)
    thread.start()
    reading = asyncio.run_coroutine_threadsafe(_read_all(addresses, ours), loop)
    try:
        yield ours
    finally:
        reading.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _read_all(addresses: list[str], ours: dict[str, Any]) -> None:
    await asyncio.gather(*(_read(address, ours) for address in addresses))


async def _read(address: str, ours: dict[str, Any]) -> None:
    client = MinerClient(address, password="root")
    while True:
        try:
            await client.stats(), await client.tuning.state(), await client.details()
            ours["readings"] += 1
        except Unreachable:
            pass  # it reboots, or the machine is busy
        except ClientError as error:
            ours["failures"].append(f"{address}: {error}")
        await asyncio.sleep(PERIOD_S)


def main(python: str, script: str, addresses: list[str]) -> int:
    options = [option for address in addresses for option in ("--miner", address)]
    command = [sys.executable, "-m", "apps.miners.simulator", "--boot-seconds", "1", *options]
    simulator = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        until_ready(simulator)
        with reading_along(addresses[:READ_ALONG]) as ours:
            done = subprocess.run(
                [python, script, *addresses],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode == 0:
            sys.stdout.write(json.dumps({**json.loads(done.stdout.splitlines()[-1]), "ours": ours}))
        return done.returncode
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
