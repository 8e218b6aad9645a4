"""Reads miners with pyasic for a while: `pyasic_reads.py SECONDS ADDRESS [ADDRESS ...]`.

Runs in the environment of requirements/parties.txt; prints `ready`, then the count as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import pyasic

AT_ONCE = 10


async def main(seconds: float, addresses: list[str]) -> None:
    miners = [await pyasic.get_miner(address) for address in addresses]
    missing = [address for address, one in zip(addresses, miners, strict=True) if one is None]
    if missing:
        raise SystemExit(f"pyasic finds no miner at {missing[0]}")
    print("ready", flush=True)
    readings, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        for first in range(0, len(miners), AT_ONCE):
            batch = miners[first : first + AT_ONCE]
            await asyncio.gather(*(one.get_data() for one in batch))
            readings += len(batch)
            if time.monotonic() >= until:
                break
    print(json.dumps({"readings": readings}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), sys.argv[2:]))
