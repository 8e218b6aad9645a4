"""The one question put to machines that do not speak the public API: what are you?"""

from __future__ import annotations

import asyncio
import json
from typing import Final

PORT: Final = 4028
_LONGEST: Final = 16_384


async def kind_of(host: str, *, timeout: float) -> str:
    """What the cgminer-style API calls itself, such as `BOSer 1.0`; empty where none answers.

    Needs no login. Asked for at most `timeout` seconds.
    """
    try:
        async with asyncio.timeout(timeout):
            raw = await _asked(host)
        version = json.loads(raw.rstrip(b"\0\n ") or b"{}")["VERSION"][0]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    if not isinstance(version, dict):
        return ""
    known = ("Type", "Miner", "BOSer", "BOSminer", "CGMiner", "BMMiner", "API")
    return " ".join(f"{name} {version[name]}" for name in known if name in version)[:100]


async def _asked(host: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, PORT)
    try:
        writer.write(b'{"command":"version"}')
        raw = b""
        while len(raw) < _LONGEST and (part := await reader.read(_LONGEST)):
            raw += part
            if part.endswith(b"\0"):
                break
        return raw
    finally:
        writer.close()
