"""Many callers who all mean the same: by REST, by MCP and by the console's form, at once."""

import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any, Final, Protocol
from uuid import uuid4

import httpx

from tests.support.mcp_load import MODERN
from tests.support.plane import Plane

#: What a caller hears: done, or refused because something stands in the way; else its words.
DONE: Final = "done"
CONFLICT: Final = "conflict"
_REFUSALS: Final = ("conflict", "stale_plan")
_HIDDEN: Final = r'name="{}" value="([^"]+)"'


class Caller(Protocol):
    """Plans first; `confirm` asks for exactly that plan and says what was heard."""

    def plan(self, operation: str, wanted: dict[str, Any]) -> None: ...

    def confirm(self) -> str: ...


class RestCaller:
    """A script."""

    def __init__(self, client: httpx.Client, plane: Plane) -> None:
        self._client, self._url = client, f"{plane.url}/api/v1/operations/"
        self._headers = {"X-API-Key": plane.key("engineer"), "Idempotency-Key": uuid4().hex}

    def plan(self, operation: str, wanted: dict[str, Any]) -> None:
        self._url, self._body = self._url + operation, {"input": wanted}
        answer = self._post()
        assert answer.status_code == 428, answer.text
        self._body["confirmation"] = answer.json()["confirmation"]

    def confirm(self) -> str:
        answer = self._post()
        if answer.status_code in (200, 202):
            return DONE
        refused = answer.status_code == 409 and answer.json()["code"] in _REFUSALS
        return CONFLICT if refused else f"REST {answer.status_code}: {answer.text[:300]}"

    def _post(self) -> httpx.Response:
        return self._client.post(self._url, json=self._body, headers=self._headers)


class McpCaller:
    """An assistant's program, with the engineer's key."""

    def __init__(self, client: httpx.Client, plane: Plane) -> None:
        self._client, self._plane, self._key = client, plane, uuid4().hex

    def plan(self, operation: str, wanted: dict[str, Any]) -> None:
        self._tool = operation.replace(".", "_")
        self._arguments = {**wanted, "idempotency_key": self._key}
        result = self._call()
        assert not result.get("isError"), result
        self._arguments["confirmation"] = result["structuredContent"]["confirmation"]

    def confirm(self) -> str:
        result = self._call()
        if not result.get("isError"):
            return DONE
        text = str(result)
        return CONFLICT if any(one in text for one in _REFUSALS) else f"MCP: {text[:300]}"

    def _call(self) -> dict[str, Any]:
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "crowd", "version": "1"},
        }
        params = {"name": self._tool, "arguments": self._arguments, "_meta": meta}
        answer = self._client.post(
            self._plane.mcp_url,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
            headers={
                "Accept": "application/json",
                "X-API-Key": self._plane.key("engineer"),
                "MCP-Protocol-Version": MODERN,
                "Mcp-Method": "tools/call",
                "Mcp-Name": self._tool,
            },
        )
        body = answer.json()
        assert "result" in body, body
        return dict(body["result"])


class ConsoleCaller:
    """A person with the form before them; all share one log-in, as tabs of a browser do."""

    def __init__(self, client: httpx.Client, plane: Plane) -> None:
        self._client, self._plane = client, plane

    @classmethod
    def log_in(cls, client: httpx.Client, plane: Plane) -> None:
        login = plane.demo["logins"]["default"]["engineer"]
        page = f"{plane.url}/login/"
        client.get(page).raise_for_status()
        form = {"username": login["username"], "password": login["password"]}
        answer = client.post(page, data={**form, **cls._token(client)}, headers={"Referer": page})
        assert answer.status_code == 302, answer.text[-500:]

    def plan(self, operation: str, wanted: dict[str, Any]) -> None:
        self._page = f"{self._plane.url}/operations/{operation}/"
        fields = {f"in.{name}": value for name, value in wanted.items()}
        page = self._post(self._page, {**fields, "act": "run", "key": f"console:{uuid4()}"}).text
        found = {name: re.search(_HIDDEN.format(name), page) for name in ("wish", "confirmation")}
        assert all(found.values()), page[-2000:]
        self._form = {name: unescape(one[1]) for name, one in found.items() if one}
        word = re.search(r'data-must-equal="([^"]+)"', page)
        self._form["typed"] = unescape(word[1]) if word else ""

    def confirm(self) -> str:
        answer = self._post(f"{self._page}confirm/", self._form)
        if answer.status_code in (200, 302):
            return DONE
        told = answer.status_code == 409 and 'role="alert"' in answer.text
        return CONFLICT if told else f"console {answer.status_code}: {answer.text[-300:]}"

    def _post(self, url: str, form: dict[str, str]) -> httpx.Response:
        data = {**form, **self._token(self._client)}
        return self._client.post(url, data=data, headers={"Referer": url})

    @staticmethod
    def _token(client: httpx.Client) -> dict[str, str]:
        names = [name for name in client.cookies if "csrf" in name]
        return {"csrfmiddlewaretoken": client.cookies[names[0]]}


def all_at_once(
    plane: Plane, operation: str, wanted: dict[str, Any], size: int
) -> Sequence[tuple[str, str]]:
    """Everybody has a plan and a key of their own; let go together: who heard what."""
    limits = httpx.Limits(max_connections=size)
    with (
        httpx.Client(timeout=60, limits=limits) as client,
        httpx.Client(timeout=60, limits=limits) as browser,
        ThreadPoolExecutor(size) as threads,
    ):
        ConsoleCaller.log_in(browser, plane)
        callers: list[Caller] = []
        for place in range(size):
            kind = (RestCaller, McpCaller, ConsoleCaller)[place % 3]
            callers.append(kind(browser if kind is ConsoleCaller else client, plane))
        list(threads.map(lambda one: one.plan(operation, wanted), callers))
        start = threading.Barrier(size)

        def go(caller: Caller) -> tuple[str, str]:
            start.wait(30)
            return type(caller).__name__, caller.confirm()

        return list(threads.map(go, callers))
