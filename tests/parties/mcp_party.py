"""Drives the MCP face with the official Python client and prints what it saw, as JSON.

`mcp_party.py URL KEY MODE`, where MODE is `auto` (2026-07-28) or `legacy` (the handshake).
"""

import asyncio
import json
import sys
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import ResourceTemplateReference


def client(http: httpx2.AsyncClient, url: str, mode: str) -> Client:
    return Client(streamable_http_client(url, http_client=http), mode=mode)


def error(raised: MCPError) -> dict[str, Any]:
    return {"code": raised.error.code, "message": raised.error.message, "data": raised.error.data}


async def refusal(asking: Any) -> dict[str, Any]:
    """The protocol error that `asking` ends with."""
    try:
        await asking
    except MCPError as raised:
        return error(raised)
    raise SystemExit("an error was expected")


async def call(mcp: Client, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await mcp.call_tool(name, arguments)
    return result.model_dump(mode="json", by_alias=True)


async def look(mcp: Client) -> dict[str, Any]:
    """One look at everything the face offers, each answer checked by the client itself."""
    tools = (await mcp.list_tools()).tools
    resources = (await mcp.list_resources()).resources
    templates = (await mcp.list_resource_templates()).resource_templates
    devices = (await mcp.read_resource("fleet://devices")).contents[0]
    handover = await mcp.get_prompt("shift_handover", {})
    template = ResourceTemplateReference(uri="fleet://devices/{device}")
    return {
        "version": mcp.protocol_version,
        "server": mcp.server_info.name,
        "instructions": mcp.instructions,
        "tools": [tool.model_dump(mode="json", by_alias=True) for tool in tools],
        "ping": await call(mcp, "system_ping", {}),
        "dotted": await call(mcp, "system.ping", {}),
        "alias": await call(mcp, "echo", {}),
        "bad": await call(mcp, "system_health", {"detial": True}),
        "wrong_type": await call(mcp, "system_health", {"detail": "maybe"}),
        "unknown": await refusal(mcp.call_tool("system_pong", {})),
        "searched": await call(mcp, "tools_search", {"query": "health of the plane"}),
        "described": await call(mcp, "tools_describe", {"tools": ["system_health"]}),
        "carried": await call(mcp, "tools_run", {"tool": "system_health"}),
        "prompts": [prompt.name for prompt in (await mcp.list_prompts()).prompts],
        "handover": handover.messages[0].content.text,
        "completed": (
            await mcp.complete(template, {"name": "device", "value": "lob"})
        ).completion.values,
        "resources": [str(one.uri) for one in resources],
        "templates": [one.uri_template for one in templates],
        "devices": json.loads(devices.text),
        "absent": await refusal(mcp.read_resource("fleet://nothing")),
    }


async def wrong_key(url: str, mode: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(headers={"X-API-Key": "cp_wrongkey_x"}) as http:
        try:
            async with client(http, url, mode) as mcp:
                await mcp.list_tools()
        except (MCPError, BaseExceptionGroup) as group:
            return error(first(group))
    raise SystemExit("a wrong key was accepted")


def first(raised: BaseException) -> MCPError:
    """The client's own error, out of the groups its tasks wrap it in."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    assert isinstance(raised, MCPError), raised
    return raised


async def main(url: str, key: str, mode: str) -> None:
    async with (
        httpx2.AsyncClient(headers={"X-API-Key": key}) as http,
        client(http, url, mode) as mcp,
    ):
        seen = await look(mcp)
    seen["wrong_key"] = await wrong_key(url, mode)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
