"""Calls an ASGI application without a server."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    messages: int

    def json(self) -> Any:
        return orjson.loads(self.body)


def scope_of(path: str, **fields: Any) -> dict[str, Any]:
    """An HTTP scope from this machine; `headers` is a plain dict."""
    bare, _, query = path.partition("?")
    headers = {"host": "127.0.0.1:8000", **fields.pop("headers", {})}
    return {
        "type": "http",
        "method": "GET",
        "path": bare,
        "raw_path": bare.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "query_string": query.encode(),
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        **fields,
    }


async def fetch(
    application: Any, path: str, *, pieces: tuple[bytes, ...] = (b"",), **fields: Any
) -> Answer:
    """One request; `pieces` is the body as it arrives."""
    waiting = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, start=1)
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await application(scope_of(path, **fields), receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], headers, body, len(sent))
