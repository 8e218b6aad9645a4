"""A session of the handshake's era: one credential's, and gone when it is ended."""

import asyncio
import json
from typing import Any

import httpx

from apps.mcp.endpoint import application
from apps.mcp.owner import close_here
from apps.mcp.threads import threads
from tests.unit.mcp.asking import HANDSHAKE, HOST
from tests.unit.mcp.conftest import KeyOf

OPEN = {
    "protocolVersion": HANDSHAKE,
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "robot", "version": "7"},
}


class Session:
    """Requests of one client on one event loop."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {
            "x-api-key": key,
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": HANDSHAKE,
        }

    async def post(self, method: str, session: str = "", **params: Any) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self.send("POST", session, json=body)

    async def send(self, method: str, session: str = "", **more: Any) -> httpx.Response:
        headers = {**self._headers, **({"mcp-session-id": session} if session else {})}
        return await self._http.request(method, f"http://{HOST}/mcp", headers=headers, **more)

    async def open(self) -> str:
        return str((await self.post("initialize", **OPEN)).headers["mcp-session-id"])


def told(answer: httpx.Response) -> dict[str, Any]:
    """The message in a stream of one."""
    line = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    return dict(json.loads(line.removeprefix("data: ")))


def with_clients(scenario: Any, *keys: str) -> None:
    async def run() -> None:
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application)) as http:
                await scenario(*(Session(http, key) for key in keys))
        finally:
            threads.close(wait=True)
            await close_here()

    asyncio.run(run())


def test_a_session_answers_until_it_is_ended(key_of: KeyOf) -> None:
    async def scenario(mine: Session) -> None:
        session = await mine.open()
        found = await mine.post("tools/call", session, name="system_ping", arguments={})
        assert told(found)["result"]["isError"] is False
        assert (await mine.send("DELETE", session)).status_code == 200
        assert (await mine.post("tools/list", session)).status_code == 404

    with_clients(scenario, key_of())


def test_another_credential_does_not_find_it(key_of: KeyOf) -> None:
    async def scenario(mine: Session, theirs: Session) -> None:
        session = await mine.open()
        for method in ("POST", "GET", "DELETE"):
            body = {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}}
            answer = await theirs.send(method, session, **(body if method == "POST" else {}))
            assert answer.status_code == 404
        assert told(await mine.post("tools/list", session))["result"]["tools"]

    with_clients(scenario, key_of(), key_of())


def test_a_session_without_a_credential_is_refused(key_of: KeyOf) -> None:
    async def scenario(mine: Session, nobody: Session) -> None:
        session = await mine.open()
        assert (await nobody.send("GET", session)).status_code == 401
        assert (await nobody.send("DELETE", session)).status_code == 401
        assert (await mine.post("tools/list", session)).status_code == 200

    with_clients(scenario, key_of(), "cp_wrongkey_x")


def test_an_unknown_session_is_not_there(key_of: KeyOf) -> None:
    async def scenario(mine: Session) -> None:
        assert (await mine.post("tools/list", "0" * 32)).status_code == 404

    with_clients(scenario, key_of())
