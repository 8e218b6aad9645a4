"""Connects to the MCP face by OAuth with the official Python client; prints what it saw, as JSON.

`oauth_party.py URL USERNAME PASSWORD DEVICE [CLIENT_ID]`: without a client id it registers itself.
The person is played here as well: the pages are fetched, read and answered as a browser would.
"""

import asyncio
import json
import re
import sys
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

CALLBACK = "http://127.0.0.1:49152/callback"
#: The default toolset is short; this client wants to be shown everything it may use.
EVERY_TOOL = {"X-MCP-Toolset": "all"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Storage:
    """Keeps what the client was given, as a program would on disk."""

    def __init__(self, client: OAuthClientInformationFull | None) -> None:
        self.client, self.tokens = client, []  # type: ignore[var-annotated]

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens[-1] if self.tokens else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens.append(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Somebody in front of a browser, who agrees to everything."""

    def __init__(self, plane: str, username: str, password: str) -> None:
        self.http = httpx2.AsyncClient(base_url=plane, timeout=30)
        self.login = {"username": username, "password": password}
        self.asked: list[dict[str, str]] = []
        self.issuer: str | None = None
        self.answer: dict[str, str] = {}

    async def decide(self, url: str) -> None:
        """Log in where that is asked for, then allow."""
        self.asked.append(dict(parse_qsl(urlsplit(url).query)))
        page = await self.http.get(url)
        if page.status_code == 302:
            page = await self.post(str(page.headers["location"]), {**self.login, "next": url})
            page = await self.http.get(url)
        scopes = re.findall(r'name="scope" value="([^"]+)"', page.text)
        sent = await self.post(url, {"decision": "allow", "scope": scopes}, page.text)
        assert sent.status_code == 302, sent.text
        self.answer = dict(parse_qsl(urlsplit(str(sent.headers["location"])).query))

    async def post(self, url: str, form: dict[str, Any], page: str | None = None) -> Any:
        text = page if page is not None else (await self.http.get(url)).text
        token = TOKEN.search(text)
        assert token, text
        return await self.http.post(url, data={**form, "csrfmiddlewaretoken": token[1]})

    async def bring(self) -> AuthorizationCodeResult:
        """What the browser carries back; `issuer` plays an answer of another server."""
        iss = self.issuer or self.answer["iss"]
        return AuthorizationCodeResult(
            code=self.answer["code"], state=self.answer["state"], iss=iss
        )


def provider(url: str, person: Person, storage: Storage) -> OAuthClientProvider:
    metadata = OAuthClientMetadata(
        client_name="Party",
        redirect_uris=[CALLBACK],  # type: ignore[list-item]
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    return OAuthClientProvider(
        server_url=url,
        client_metadata=metadata,
        storage=storage,
        redirect_handler=person.decide,
        callback_handler=person.bring,
    )


def registered(client_id: str | None) -> OAuthClientInformationFull | None:
    if client_id is None:
        return None
    return OAuthClientInformationFull(
        client_id=client_id,
        redirect_uris=[CALLBACK],  # type: ignore[list-item]
        token_endpoint_auth_method="none",
    )


async def works(url: str, person: Person, storage: Storage, device: str) -> dict[str, Any]:
    """Connect, look, be asked for more, refresh."""
    auth = provider(url, person, storage)
    async with (
        httpx2.AsyncClient(auth=auth, timeout=60, headers=EVERY_TOOL) as http,
        Client(streamable_http_client(url, http_client=http), mode="auto") as mcp,
    ):
        tools = [tool.name for tool in (await mcp.list_tools()).tools]
        found = await mcp.call_tool("fleet_device_list", {})
        watch = await mcp.call_tool("qsys_watch_set", {"device": device, "name": "party"})
        auth.context.token_expiry_time = 1.0  # long ago
        again = await mcp.call_tool("fleet_device_list", {})
    return {
        "tools": tools,
        "devices": found.structured_content["output"]["devices"],  # type: ignore[index]
        "watch": watch.is_error,
        "again": again.is_error,
        "asked": person.asked,
        "scopes": [token.scope for token in storage.tokens],
        "refreshed": len({token.refresh_token for token in storage.tokens}),
        "expires_in": storage.tokens[0].expires_in,
        "client_id": storage.client.client_id if storage.client else None,
    }


async def mixed_up(url: str, person: Person, client: OAuthClientInformationFull) -> str:
    """The answer of another server is told apart by its name."""
    person.issuer = "https://attacker.example"
    auth = provider(url, person, Storage(client))
    try:
        async with httpx2.AsyncClient(auth=auth, timeout=60, headers=EVERY_TOOL) as http:
            await http.post(url, json={})
    except OAuthFlowError as error:
        return str(error)
    raise SystemExit("another server's answer was taken")


async def main(
    url: str, username: str, password: str, device: str, client_id: str | None = None
) -> None:
    parts = urlsplit(url)
    person = Person(f"{parts.scheme}://{parts.netloc}", username, password)
    storage = Storage(registered(client_id))
    seen = await works(url, person, storage, device)
    assert storage.client is not None
    seen["mixed_up"] = await mixed_up(url, person, storage.client)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
