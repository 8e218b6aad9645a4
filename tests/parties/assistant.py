"""An assistant, on the official MCP client: upgrades a miner's firmware and follows the job.

Usage: `assistant.py URL KEY MINER [auto|legacy]`. Prints one JSON line an event; waits for a line
on standard input where a person has to approve.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

RATE_LIMITED = -32005
FINAL = ("succeeded", "failed", "cancelled", "needs_human", "partial")


def say(event: str, **more: Any) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


async def patiently(client: Client, tool: str, arguments: dict[str, Any]) -> Any:
    """Call a tool; when told to be slower, come again after the time that was named."""
    while True:
        try:
            return await client.call_tool(tool, arguments)
        except MCPError as refused:
            if refused.error.code != RATE_LIMITED:
                raise
            await asyncio.sleep(refused.error.data["retryAfterMs"] / 1000)


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await patiently(client, tool, arguments)
    body = dict(result.structured_content or {})
    if result.is_error:
        say("error", tool=tool, body=body)
        raise SystemExit(1)
    return body


async def upgrade(client: Client, miner: str) -> None:
    tools = await client.list_tools()
    say("tools", names=[tool.name for tool in tools.tools])
    found = await call(client, "fleet_device_list", text=miner)
    say("found", devices=[device["name"] for device in found["output"]["devices"]])
    images = (await call(client, "miners_firmware_list"))["output"]["images"]
    wanted = {"device": miner, "image": images[0]["id"], "idempotency_key": f"upgrade {miner}"}
    plan = await call(client, "miners_firmware_upgrade", **wanted)
    say("plan", status=plan["status"], risks=plan["plan"]["risks"])
    answer = await call(
        client, "miners_firmware_upgrade", **wanted, confirmation=plan["confirmation"]
    )
    if answer["status"] == "needs_approval":
        say("waits", approval=answer["approval"]["id"])
        await asyncio.to_thread(sys.stdin.readline)
        answer = await call(
            client, "miners_firmware_upgrade", **wanted, confirmation=answer["confirmation"]
        )
    say("accepted", job=answer["job"]["id"])
    await follow(client, answer["job"]["id"])


async def follow(client: Client, job: str) -> None:
    while True:
        seen = (await call(client, "jobs_job_wait", job=job, timeout=10))["output"]
        say("job", state=seen["state"], sentence=seen.get("sentence"), output=seen.get("output"))
        if seen["state"] in FINAL:
            return


async def main(url: str, key: str, miner: str, mode: str = "auto") -> None:
    async with httpx2.AsyncClient(headers={"X-API-Key": key}, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode) as client:  # type: ignore[arg-type]
            await upgrade(client, miner)


asyncio.run(main(*sys.argv[1:]))
