"""Waits with the official Python client for one change of a resource, and prints its address.

`mcp_listening_party.py URL KEY MODE RESOURCE`, where MODE is `auto` (2026-07-28: the stream of a
subscription) or `legacy` (the handshake: the stream that a session's GET opens). It says
`listening` first.
"""

import asyncio
import sys
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult, ResourceUpdatedNotification


async def declined(*_: Any) -> ElicitResult:
    """An answer to questions; that there is one makes the session one that can be told things."""
    return ElicitResult(action="decline")


async def by_session(mcp: Client, resource: str, told: "asyncio.Queue[str]") -> None:
    await mcp.subscribe_resource(resource)
    say("listening")
    say(await told.get())
    await mcp.unsubscribe_resource(resource)


async def by_stream(mcp: Client, resource: str) -> None:
    async with mcp.listen(resource_subscriptions=[resource]) as subscription:
        say("listening")
        async for event in subscription:
            say(event.uri)
            return


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(url: str, key: str, mode: str, resource: str) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            told.put_nowait(str(message.params.uri))

    async with (
        httpx2.AsyncClient(headers={"X-API-Key": key}, timeout=60) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode=mode,
            message_handler=hear,
            elicitation_callback=declined,
        ) as mcp,
    ):
        if mode == "legacy":
            await by_session(mcp, resource, told)
        else:
            await by_stream(mcp, resource)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
