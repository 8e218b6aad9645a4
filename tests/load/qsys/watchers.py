"""Many WebSockets on one plane, in one process: notes when each sees which value of the gain."""

import asyncio
import json
import sys
import time
from collections import defaultdict

import uvloop
from websockets.asyncio.client import ClientConnection, connect

Seen = dict[float, list[float]]


async def watch(socket: ClientConnection, device: str, seen: Seen) -> None:
    """Take frames until the socket is closed."""
    await socket.send(json.dumps({"type": "subscribe", "types": ["none"], "frames": [device]}))
    told: set[float] = set()
    async for text in socket:
        at = time.monotonic()
        body = json.loads(text)
        if body["type"] != "telemetry.frame":
            continue
        for one in body["data"]["controls"]:
            if one["control"] == "gain" and one["component"] == "Lobby Gain":
                if one["value"] not in told:
                    seen[one["value"]].append(at)
                told.add(one["value"])


async def main(address: str, key: str, device: str, count: int) -> None:
    """Open all, say so, watch until the input ends, and print what was seen when."""
    seen: Seen = defaultdict(list)
    headers = {"X-API-Key": key}
    sockets = [await connect(address, additional_headers=headers) for _ in range(count)]
    works = [asyncio.create_task(watch(one, device, seen)) for one in sockets]
    await asyncio.sleep(1)
    print("watching", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)
    print(json.dumps(seen))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
