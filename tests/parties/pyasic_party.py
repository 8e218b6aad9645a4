"""Drives simulated miners with pyasic and prints what it saw, as JSON.

Runs in the environment of requirements/parties.txt: `pyasic_party.py ADDRESS [ADDRESS ...]`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pyasic
from pyasic.network import MinerNetwork

PATIENCE_S = 20.0


async def until(what: str, holds: Callable[[], Awaitable[bool]]) -> bool:
    """Waits for a condition; says on stderr when it never came true."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(0.1)
    sys.stderr.write(f"gave up waiting for: {what}\n")
    return False


async def scan(addresses: list[str]) -> list[str]:
    """Addresses found; asked again when some are missing, as a scan may time out under load."""
    found: set[str] = set()
    for _ in range(3):
        found |= {str(miner.ip) for miner in await MinerNetwork.from_list(addresses).scan()}
        if found >= set(addresses):
            break
    return sorted(found)


async def read(address: str) -> dict[str, Any]:
    miner = await pyasic.get_miner(address)
    if miner is None:
        raise SystemExit(f"pyasic finds no miner at {address}")
    return json.loads((await miner.get_data()).model_dump_json())


async def mining(miner: Any) -> bool:
    return bool(await miner.is_mining())


async def control(address: str) -> dict[str, Any]:
    """Every command of the client, and what the miner did of it."""
    miner: Any = await pyasic.get_miner(address)
    seen: dict[str, Any] = {}
    seen["class"] = type(miner).__name__
    seen["light_on"] = await miner.fault_light_on()
    seen["light_read"] = (await miner.web.get_locate_device_status()).get("enabled", False)
    seen["light_off"] = await miner.fault_light_off()
    seen["limit_ok"] = await miner.set_power_limit(2500)
    seen["limit_read"] = await miner.get_wattage_limit()
    seen["limit_refused"] = await miner.set_power_limit(90_000)
    seen["stop"] = await miner.stop_mining()

    async def stopped() -> bool:
        return not await mining(miner)

    seen["stopped"] = await until("mining stopped", stopped)
    seen["resume"] = await miner.resume_mining()
    seen["resumed"] = await until("mining resumed", lambda: mining(miner))
    seen["config"] = (await miner.get_config()).as_dict()
    seen["restart"] = await miner.restart_backend()
    seen["reboot"] = await miner.reboot()
    seen.update(await reboot_seen(address))
    return seen


async def reboot_seen(address: str) -> dict[str, Any]:
    """Whether the miner went away and came back."""

    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection(address, 50051)
        except OSError:
            return False
        writer.close()
        return True

    async def silent() -> bool:
        return not await answers()

    went = await until("the miner going down", silent)
    came = await until("the miner coming back", answers)
    return {"went_away": went, "came_back": came}


async def main(addresses: list[str]) -> dict[str, Any]:
    found = await scan(addresses)
    first = await pyasic.get_miner(addresses[0])
    await until("hash rate", lambda: mining(first))
    data = await read(addresses[0])
    return {"found": found, "data": data, "control": await control(addresses[0])}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1:])), default=str) + "\n")
