"""Prints what pyasic reads of one miner's firmware, as JSON: `pyasic_version.py ADDRESS`."""

from __future__ import annotations

import asyncio
import json
import sys

import pyasic


async def main(address: str) -> None:
    miner = await pyasic.get_miner(address)
    if miner is None:
        raise SystemExit(f"pyasic finds no miner at {address}")
    print(json.dumps({"version": await miner.get_fw_ver(), "model": str(miner.model)}))


asyncio.run(main(sys.argv[1]))
