"""A loader for the MCP face: prepared bytes over kept connections, one event loop, no library."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

MODERN: Final = "2026-07-28"
_NAMED: Final = {"tools/call": "name"}


@dataclass(frozen=True)
class Target:
    """Where to and as whom."""

    port: int
    key: str


#: Without event-stream the SDK, too, answers in one piece.
PIECE: Final = "application/json"
STREAM: Final = "application/json, text/event-stream"


def prepared(target: Target, method: str, accept: str = PIECE, **params: Any) -> bytes:
    """One modern request as it goes over the wire; its answer is one JSON body, unless `accept`
    takes a stream."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "loader", "version": "1"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    body = json.dumps(message).encode()
    headers = {
        "Host": f"127.0.0.1:{target.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": accept,
        "X-API-Key": target.key,
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": method,
    }
    if name := params.get(_NAMED.get(method, "")):
        headers["Mcp-Name"] = str(name)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body


def called(target: Target, tool: str, **arguments: Any) -> bytes:
    """A tool call as it goes over the wire."""
    return prepared(target, "tools/call", name=tool, arguments=arguments)


class Wire:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def opened(cls, target: Target) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", target.port))

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer; fails unless it is a result."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await self._reader.readexactly(int(length))
        if b" 200 " not in head[:16] or b'"error":' in body[:60] or b'"isError":true' in body:
            raise RuntimeError(f"{head[:200]!r} {body[:500]!r}")
        return body

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def closed_loop(
    target: Target, requests: Sequence[bytes], *, clients: int, rounds: int
) -> list[float]:
    """Milliseconds of every answer: each client asks again as soon as it was answered."""
    found: list[float] = []

    async def client() -> None:
        wire = await Wire.opened(target)
        for number in range(rounds):
            began = time.perf_counter()
            await wire.ask(requests[number % len(requests)])
            found.append((time.perf_counter() - began) * 1000)
        await wire.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return found


async def open_loop(
    target: Target, requests: Sequence[bytes], *, clients: int, seconds: float, pause: float
) -> list[float]:
    """Milliseconds from the moment each answer was due: each client asks every `pause` seconds."""
    found: list[float] = []
    start = time.perf_counter()

    async def client(place: int) -> None:
        wire, due = await Wire.opened(target), start + pause * place / clients
        number = place
        while due < start + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await wire.ask(requests[number % len(requests)])
            found.append((time.perf_counter() - due) * 1000)
            due, number = due + pause, number + 1
        await wire.close()

    await asyncio.gather(*(client(place) for place in range(clients)))
    return found


async def newcomers(target: Target, requests: Sequence[bytes], *, clients: int) -> list[float]:
    """Milliseconds each of `clients` needs to connect and get all its answers, at the same time."""

    async def client() -> float:
        began = time.perf_counter()
        wire = await Wire.opened(target)
        for request in requests:
            await wire.ask(request)
        took = (time.perf_counter() - began) * 1000
        await wire.close()
        return took

    return list(await asyncio.gather(*(client() for _ in range(clients))))
