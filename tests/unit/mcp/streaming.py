"""Holds streams of the MCP face open, many at once: the ASGI application, no server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from apps.kernel import clock
from apps.mcp.endpoint import application
from apps.mcp.owner import close_here
from apps.mcp.threads import threads
from tests.support.asgi import scope_of
from tests.unit.mcp.asking import HANDSHAKE, HOST, MODERN

#: Seconds a test waits for something that has to come.
PATIENCE = 20.0

ENVELOPE = "io.modelcontextprotocol/"


class Stream:
    """One request whose answer is read message by message; `leave` is a client that goes away."""

    def __init__(self, body: dict[str, Any], headers: dict[str, str], method: str = "POST") -> None:
        common = {"host": HOST, "content-type": "application/json"}
        accept = {"accept": "application/json, text/event-stream"}
        scope = scope_of("/mcp", method=method, headers={**common, **accept, **headers})
        self._body: bytes | None = json.dumps(body).encode() if body else b""
        self._gone = asyncio.Event()
        self._buffer = b""
        self.messages: list[dict[str, Any]] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.over = False
        self._news = asyncio.Condition()
        self.task = asyncio.create_task(self._run(scope))

    async def _run(self, scope: dict[str, Any]) -> None:
        try:
            await application(scope, self._receive, self._send)
        finally:
            self.over = True
            async with self._news:
                self._news.notify_all()

    async def _receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            raw = [(name.decode(), value.decode()) for name, value in message["headers"]]
            self.headers = dict(raw)
        else:
            self._read(message.get("body", b""))
        async with self._news:
            self._news.notify_all()

    def _read(self, part: bytes) -> None:
        self._buffer += part
        if "event-stream" not in self.headers.get("content-type", ""):
            with suppress(json.JSONDecodeError):
                self.messages.append(json.loads(self._buffer))
            return
        *whole, self._buffer = self._buffer.replace(b"\r\n", b"\n").split(b"\n\n")
        for frame in whole:
            data = [line[5:] for line in frame.split(b"\n") if line.startswith(b"data:")]
            if data and b"".join(data).strip():
                self.messages.append(json.loads(b"".join(data)))

    async def until(self, condition: Callable[[Self], object]) -> None:
        """Wait until something holds of this stream; fails with what came instead."""
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: condition(self))
        except TimeoutError:
            raise AssertionError(f"still waiting; came: {self.messages}") from None

    async def heard(self, method: str, times: int = 1) -> list[dict[str, Any]]:
        """The parameters of the first notifications of a kind, once they have come."""

        def found(stream: Stream) -> list[dict[str, Any]]:
            return [one["params"] for one in stream.messages if one.get("method") == method]

        await self.until(lambda stream: len(found(stream)) >= times)
        return found(self)

    async def answer(self) -> dict[str, Any]:
        """The message that ends the request."""
        await self.until(lambda stream: stream.over)
        assert self.messages, self.status
        return self.messages[-1]

    async def leave(self) -> None:
        """Go away, and wait until the application has noticed."""
        self._gone.set()
        await asyncio.wait_for(self.task, PATIENCE)


def modern(
    key: str,
    method: str,
    params: dict[str, Any],
    *,
    meta: dict[str, Any] | None = None,
    capabilities: dict[str, Any] | None = None,
    number: int = 1,
) -> Stream:
    """A request of the new era, held open."""
    name = params.get("name") or params.get("uri") or params.get("taskId")
    said = {
        **params,
        "_meta": {
            f"{ENVELOPE}protocolVersion": MODERN,
            f"{ENVELOPE}clientCapabilities": capabilities or {},
            **(meta or {}),
        },
    }
    headers = {"x-api-key": key, "mcp-protocol-version": MODERN, "mcp-method": method}
    headers |= {"mcp-name": str(name)} if name else {}
    return Stream({"jsonrpc": "2.0", "id": number, "method": method, "params": said}, headers)


@asynccontextmanager
async def face() -> AsyncIterator[None]:
    """The face of this loop, ended afterwards with the threads it used."""
    try:
        yield
    finally:
        await close_here()
        threads.close(wait=True)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """A test on a loop of its own, with the face on it."""

    async def told() -> None:
        async with face():
            await story()

    asyncio.run(told())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to hold of the database."""
    give_up = clock.monotonic() + PATIENCE
    while not await threads.run(condition):
        assert clock.monotonic() < give_up, "it never came true"
        await asyncio.sleep(0.02)


async def until_here(condition: Callable[[], bool]) -> None:
    """Wait for something to hold of this loop."""
    give_up = clock.monotonic() + PATIENCE
    while not condition():
        assert clock.monotonic() < give_up, "it never came true"
        await asyncio.sleep(0.02)


class Session:
    """A handshake client that can be asked, with the session it was given."""

    def __init__(self, key: str) -> None:
        self._headers = {"x-api-key": key, "mcp-protocol-version": HANDSHAKE}
        self._number = 0

    async def open(self, **capabilities: Any) -> Self:
        """Shake hands."""
        params = {
            "protocolVersion": HANDSHAKE,
            "capabilities": capabilities or {"elicitation": {}},
            "clientInfo": {"name": "robot", "version": "7"},
        }
        opening = self.ask("initialize", params)
        await opening.answer()
        self._headers["mcp-session-id"] = opening.headers["mcp-session-id"]
        await self.tell("notifications/initialized")
        return self

    def as_another(self, key: str) -> "Session":
        """Somebody else who knows the session's id."""
        other = Session(key)
        other._headers |= {"mcp-session-id": self._headers["mcp-session-id"]}
        return other

    def ask(self, method: str, params: dict[str, Any]) -> Stream:
        """A request, held open."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        return Stream(message, self._headers)

    def stand(self) -> Stream:
        """The stream of what belongs to no request."""
        return Stream({}, self._headers, "GET")

    async def tell(self, method: str, **params: Any) -> int:
        """A notification; the status it was taken with."""
        return await self._post({"method": method, "params": params})

    async def reply(self, asked: dict[str, Any], result: dict[str, Any]) -> int:
        """The answer to what the server asked."""
        return await self._post({"id": asked["id"], "result": result})

    async def end(self) -> int:
        """Close the session."""
        return await self._status(Stream({}, self._headers, "DELETE"))

    async def _post(self, message: dict[str, Any]) -> int:
        return await self._status(Stream({"jsonrpc": "2.0", **message}, self._headers))

    async def _status(self, stream: Stream) -> int:
        await stream.until(lambda one: one.over)
        return stream.status
