"""A session of the handshake's era goes on in another web process, and ends in all of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Tenant, User
from apps.audit.models import AuditLog
from apps.events.publish import publish
from apps.events.types import DeviceChanged
from tests.parties.mcp_serving import serving
from tests.support import factories
from tests.unit.mcp.asking import HANDSHAKE

pytestmark = [pytest.mark.party, pytest.mark.django_db(transaction=True)]

PATIENCE: Final = 60.0
UPDATED: Final = "notifications/resources/updated"
OPEN: Final = {
    "protocolVersion": HANDSHAKE,
    "clientInfo": {"name": "robot", "version": "7"},
}


class Client:
    """A handshake client whose requests may go to any of several processes."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._number = 0
        self.headers = {
            "x-api-key": key,
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": HANDSHAKE,
        }

    async def open(self, url: str, **capabilities: Any) -> None:
        answer = await self._post(url, "initialize", {**OPEN, "capabilities": capabilities})
        self.headers["mcp-session-id"] = answer.headers["mcp-session-id"]

    async def ask(self, url: str, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a request."""
        return told(await self._post(url, method, params))

    async def status(self, url: str, method: str, **params: Any) -> int:
        return (await self._post(url, method, params)).status_code

    async def say(self, url: str, **message: Any) -> int:
        """A notification or an answer: the status it is taken with."""
        said = {"jsonrpc": "2.0", **message}
        return (await self._http.post(url, json=said, headers=self.headers)).status_code

    async def end(self, url: str) -> int:
        return (await self._http.delete(url, headers=self.headers)).status_code

    @asynccontextmanager
    async def stream(
        self, url: str, verb: str = "GET", **message: Any
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """What comes on a stream, message by message."""
        body = {"json": {"jsonrpc": "2.0", "id": "call", **message}} if message else {}
        async with self._http.stream(verb, url, headers=self.headers, **body) as answer:
            assert answer.status_code == 200

            async def messages() -> AsyncIterator[dict[str, Any]]:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        yield json.loads(line.removeprefix("data: "))

            yield messages()

    async def _post(self, url: str, method: str, params: dict[str, Any]) -> httpx.Response:
        self._number += 1
        body = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        return await self._http.post(url, json=body, headers=self.headers)


def told(answer: httpx.Response) -> dict[str, Any]:
    """The message in an answer, alone or in a stream."""
    if "event-stream" not in answer.headers["content-type"]:
        return dict(answer.json())
    line = next(one for one in answer.text.splitlines() if one.startswith("data: {"))
    return dict(json.loads(line.removeprefix("data: ")))


Story = Callable[[Client, str, str], Awaitable[None]]


@pytest.fixture(scope="module")
def urls(django_db_setup: None) -> Iterator[tuple[str, str]]:
    """Two web processes on one database and one Valkey."""
    with serving("granian") as one, serving("granian") as other:
        yield one.url, other.url


def told_to(urls: tuple[str, str], key: str, story: Story) -> None:
    """Run a story against both processes."""

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as http:
            await story(Client(http, key), *urls)

    asyncio.run(run())


@pytest.fixture
def tenant() -> Tenant:
    forget_all()
    return factories.tenant()


@pytest.fixture
def engineer(tenant: Tenant) -> User:
    return factories.user(tenant, "engineer")


def in_thread(work: Callable[[], Any]) -> Awaitable[Any]:
    return asyncio.to_thread(work)


def schedule() -> dict[str, Any]:
    """A call that has its person asked."""
    return {
        "name": "jobs_schedule_create",
        "arguments": {
            "name": "Nightly",
            "operation": "system.ping",
            "input": {},
            "cron": "0 3 * * *",
            "time_zone": "UTC",
        },
    }


def test_a_session_goes_on_in_another_process_and_ends_in_all(
    urls: tuple[str, str], tenant: Tenant, engineer: User
) -> None:
    key, device = factories.api_key(engineer), factories.device(tenant, name="Lobby")

    def renamed() -> None:
        event = DeviceChanged(device_id=device.id, name="Lobby", change="tagged")
        publish(event, tenant_id=tenant.id, site_path=device.site_path, device_id=device.id)

    async def story(client: Client, first: str, second: str) -> None:
        await client.open(first, elicitation={})
        assert await client.say(second, method="notifications/initialized") == 202
        for url in (second, first):
            tools = (await client.ask(url, "tools/list"))["result"]["tools"]
            assert "fleet_device_list" in {tool["name"] for tool in tools}

        uri = f"fleet://devices/{device.id}"
        async with client.stream(first) as standing:
            assert (await client.ask(second, "resources/subscribe", uri=uri))["result"] == {}
            await in_thread(renamed)
            message = await anext(standing)
            assert (message["method"], message["params"]) == (UPDATED, {"uri": uri})
        async with client.stream(second) as standing:
            await in_thread(renamed)
            assert (await anext(standing))["params"] == {"uri": uri}

        assert await client.end(second) == 200
        assert await client.status(first, "tools/list") == 404
        assert await client.status(second, "tools/list") == 404

    told_to(urls, key, story)


def test_an_answer_reaches_the_process_that_asked(
    urls: tuple[str, str], tenant: Tenant, engineer: User
) -> None:
    key, device = factories.api_key(engineer), factories.device(tenant, kind="miner")
    reboot = {"device": str(device.id), "idempotency_key": "once"}
    call = {"name": "miners_miner_reboot", "arguments": reboot}

    rows = AuditLog.system.filter(operation="miners.miner.reboot")

    async def story(client: Client, first: str, second: str) -> None:
        await client.open(first, elicitation={})
        for said in ({"action": "decline"}, {"action": "accept", "content": {"confirm": True}}):
            async with client.stream(second, "POST", method="tools/call", params=call) as messages:
                question = await anext(messages)
                assert question["method"] == "elicitation/create"
                assert await client.say(first, id=question["id"], result=said) == 202
                answer = (await anext(messages))["result"]["structuredContent"]
            intents = await in_thread(lambda: rows.filter(entry="intent").count())
            if said["action"] == "decline":
                assert (answer["code"], intents) == ("conflict", 0)
        # No address of devices is allowed here; but it was tried: the yes had reached the call.
        assert (answer["code"], intents) == ("invalid", 1)

    told_to(urls, key, story)
    assert {row.client for row in rows} == {"robot 7"}


def test_a_client_that_cannot_be_asked_is_known_everywhere(
    urls: tuple[str, str], tenant: Tenant, engineer: User
) -> None:
    key = factories.api_key(engineer)

    async def story(client: Client, first: str, second: str) -> None:
        await client.open(first)
        for url in (first, second):
            found = await client.ask(url, "tools/call", **schedule())
            assert found["result"]["structuredContent"]["status"] in ("ok", "error")
        assert await client.end(first) == 200
        assert await client.status(first, "tools/list") == 404

    told_to(urls, key, story)
    rows = AuditLog.system.filter(operation="jobs.schedule.create")
    assert rows
    assert {row.client for row in rows} == {"robot 7"}
