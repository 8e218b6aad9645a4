"""Drives simulated miners with pyasic-rs and prints what it saw, as JSON.

Runs in the environment of requirements/parties.txt: `pyasic_rs_party.py ADDRESS [ADDRESS ...]`,
all of one /24.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pyasic_rs import MinerFactory, Pool, PoolGroup

PATIENCE_S = 30.0


async def until(what: str, holds: Callable[[], Awaitable[bool]]) -> bool:
    """Waits for a condition; says on stderr when it never came true."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(0.1)
    sys.stderr.write(f"gave up waiting for: {what}\n")
    return False


async def scan(addresses: list[str]) -> tuple[set[str], float]:
    """Addresses found in their /24, and seconds of the last scan; again when some are missing."""
    subnet = addresses[0].rpartition(".")[0] + ".0/24"
    found: set[str] = set()
    seconds = 0.0
    for _ in range(4):
        began = time.monotonic()
        factory = MinerFactory.from_subnet(subnet).with_identification_timeout_secs(20)
        found |= {str(miner.ip) for miner in await factory.with_connectivity_timeout_secs(5).scan()}
        seconds = time.monotonic() - began
        if found >= set(addresses):
            break
    return found, seconds


async def control(address: str) -> dict[str, Any]:
    """Every command of the client, and what the miner did of it."""
    miner: Any = await MinerFactory().get_miner(address)
    if miner is None:
        raise SystemExit(f"pyasic-rs finds no miner at {address}")
    seen: dict[str, Any] = {
        "firmware": miner.firmware,
        "model": miner.model,
        "supports": sorted(
            name.removeprefix("supports_")
            for name in dir(miner)
            if name.startswith("supports_") and getattr(miner, name) is True
        ),
    }
    await until("hash rate", miner.get_is_mining)
    seen["data"] = (await miner.get_data()).model_dump()

    async def stopped() -> bool:
        return not await miner.get_is_mining()

    seen["pause"] = await miner.pause()
    seen["paused"] = await until("mining stopped", stopped)
    seen["resume"] = await miner.resume()
    seen["resumed"] = await until("mining resumed", miner.get_is_mining)
    seen["limit"] = await miner.set_power_limit(2500.0)
    seen["target"] = str(await miner.get_tuning_target())
    pool = Pool(url="stratum+tcp://pool.example:3333", username="party.1", password="x")
    seen["pools_set"] = await miner.set_pools_config(
        [PoolGroup(name="party", quota=1, pools=[pool])]
    )
    seen["pools"] = [group.model_dump() for group in await miner.get_pools()]
    seen["light"] = await miner.set_fault_light(True)
    seen["lit"] = await miner.get_light_flashing()
    return seen


async def main(addresses: list[str]) -> dict[str, Any]:
    found, seconds = await scan(addresses)
    return {"found": sorted(found), "scan_s": seconds, "control": await control(addresses[0])}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1:])), default=str) + "\n")
