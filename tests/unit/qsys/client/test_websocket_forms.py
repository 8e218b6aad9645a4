"""QRWC works with a WebSocket server of another make, in every form a message may take."""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from apps.qsys.client import QrwcTransport, QsysRefused, QsysSession, QsysUnreachable

Handler = Callable[[ServerConnection], Awaitable[None]]
Gate = Callable[[ServerConnection, Request], Response | None]


@contextlib.asynccontextmanager
async def server(handler: Handler, gate: Gate | None = None) -> AsyncIterator[int]:
    """A WebSocket server on a free port."""

    async def handle(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await handler(connection)

    running: Server
    async with serve(handle, "127.0.0.1", 0, process_request=gate) as running:
        yield next(iter(running.sockets)).getsockname()[1]


def session_on(port: int, *, max_frame: int = 100_000) -> QsysSession:
    """A session with that server."""
    return QsysSession(QrwcTransport("127.0.0.1", port, max_frame=max_frame), timeout=2)


def status(request: str | bytes) -> str:
    """An answer to a StatusGet."""
    return json.dumps({"id": json.loads(request)["id"], "result": {"State": "Active"}})


async def test_requests_are_text_frames_of_one_object_without_nul() -> None:
    heard: list[str | bytes] = []

    async def handler(connection: ServerConnection) -> None:
        heard.append(await connection.recv())
        await connection.send(status(heard[0]))

    async with server(handler) as port, session_on(port) as session:
        await session.status()
    assert heard == ['{"method":"StatusGet","params":0,"id":1,"jsonrpc":"2.0"}']


async def test_a_message_in_fragments_is_put_together() -> None:
    async def handler(connection: ServerConnection) -> None:
        for _ in range(2):
            text = status(await connection.recv())
            await connection.send([text[:5], text[5:20], text[20:]])

    async with server(handler) as port, session_on(port) as session:
        assert (await session.status()).state == "Active"
        assert (await session.status()).state == "Active"


async def test_a_binary_message_is_read_and_a_ping_answered() -> None:
    async def handler(connection: ServerConnection) -> None:
        request = await connection.recv()
        await (await connection.ping())
        await connection.send(status(request).encode())

    async with server(handler) as port, session_on(port) as session:
        assert (await session.status()).state == "Active"


async def test_a_close_by_the_server_ends_the_session() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close()

    async with server(handler) as port, session_on(port) as session:
        with pytest.raises(QsysUnreachable, match="closed by the Core") as caught:
            await session.status()
        assert caught.value.sent
        assert session.closed.is_set()


async def test_a_message_beyond_the_limit_ends_the_session() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("x" * 5000)
        await connection.wait_closed()

    async with server(handler) as port, session_on(port, max_frame=1000) as session:
        with pytest.raises(QsysUnreachable, match="no answer"):
            await session.status()
        await asyncio.wait_for(session.closed.wait(), 2)


async def test_our_close_is_clean() -> None:
    codes: list[int | None] = []
    done = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.append(connection.close_code)
        done.set()

    async with server(handler) as port:
        async with session_on(port):
            pass
        await asyncio.wait_for(done.wait(), 2)
    assert codes == [1005]


@pytest.mark.parametrize("answer", [401, 403])
async def test_a_forbidden_upgrade_is_a_refusal(answer: int) -> None:
    def gate(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(http.HTTPStatus(answer), "no\n")

    async with server(_nothing, gate) as port:
        with pytest.raises(QsysRefused, match=f"HTTP {answer}"):
            await session_on(port).open()


async def test_a_redirect_is_not_followed() -> None:
    visited: list[str] = []

    def gate(connection: ServerConnection, request: Request) -> Response:
        visited.append(request.path)
        response = connection.respond(http.HTTPStatus.FOUND, "elsewhere\n")
        response.headers["Location"] = "/elsewhere"
        return response

    async with server(_nothing, gate) as port:
        session = session_on(port)
        with pytest.raises(QsysUnreachable, match="HTTP 302"):
            await session.open()
        assert session.closed.is_set()
    assert visited == ["/qrc-public-api/v0"]


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b""])
async def test_something_else_on_the_port_is_unreachable(banner: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        writer.close()

    listener = await asyncio.start_server(other, "127.0.0.1", 0)
    async with listener:
        with pytest.raises(QsysUnreachable) as caught:
            await session_on(listener.sockets[0].getsockname()[1]).open()
        assert not caught.value.sent


async def _nothing(connection: ServerConnection) -> None:
    """Never reached: the gate turns everyone away."""
