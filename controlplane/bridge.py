"""Synchronous Django behind an asynchronous server, at a third of the cost of its ASGI handler."""

import asyncio
import contextvars
from collections.abc import Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final, cast
from urllib.parse import quote

from a2wsgi.wsgi import Body, build_environ

from controlplane.mounts import Receive, Scope, Send

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

#: Bodies up to here are read before a thread is taken; larger ones are streamed into it.
READ_AHEAD: Final = 1_048_576 + 1
#: What is read of a refused body before the answer leaves all the same.
DRAINED_MOST: Final = 16 * 1_048_576
DRAIN_SECONDS: Final = 5.0


class Bridge:
    """Threads that run a WSGI application, each with a database connection of its own.

    A request crosses into its thread and back once: small bodies are read before, whole
    answers are sent after. Only what streams crosses for every piece.
    """

    def __init__(self, wsgi: Wsgi, threads: int) -> None:
        self._wsgi = wsgi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="wsgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop, incoming = asyncio.get_running_loop(), Incoming(receive)
        length = announced_length(scope)
        if length is not None and length > READ_AHEAD:
            source: Any = Body(loop, cast(Any, incoming))
        else:
            body = await incoming.ahead()
            if body is None:
                return
            source, length = BytesIO(body), len(body)
        answer = Answer(loop, send)
        run = contextvars.copy_context().run
        await loop.run_in_executor(
            self._threads, run, answer.make, self._wsgi, environ_of(scope, source, length)
        )
        await incoming.drain()
        await answer.finish()


class Incoming:
    """The body as it arrives.

    Calling it gives the next message as a coroutine: granian's own is another kind of awaitable,
    which cannot be handed to the loop from a thread.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._over = not message.get("more_body", False)
        return message

    async def ahead(self) -> bytes | None:
        """The body, or as much as shows that it is too large; None when the client left."""
        body = bytearray()
        while not self._over and len(body) <= READ_AHEAD:
            message = await self()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
        return bytes(body)

    async def drain(self) -> None:
        """Reads on for a while, so that a client still sending gets its answer and no reset."""
        length = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._over and length < DRAINED_MOST:
                    length += len((await self()).get("body", b""))


@dataclass(slots=True)
class Answer:
    """One answer on its way from the thread to the loop."""

    loop: asyncio.AbstractEventLoop
    send: Send
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes | None = None

    def make(self, wsgi: Wsgi, environ: Environ) -> None:
        """Runs the application (in the thread); what streams is sent at once."""
        found = wsgi(environ, self._start)
        try:
            if getattr(found, "streaming", False):
                self._stream(found)
            else:
                self.body = b"".join(found)
        finally:
            close = getattr(found, "close", None)
            if close is not None:
                close()

    async def finish(self) -> None:
        """Sends what did not stream (on the loop)."""
        if self.body is None:
            return
        await self.send(self._head())
        await self.send({"type": "http.response.body", "body": self.body})

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        self.status = int(status.partition(" ")[0])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]

    def _head(self) -> dict[str, Any]:
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}

    def _stream(self, pieces: Iterable[bytes]) -> None:
        self._now(self._head())
        for piece in pieces:
            self._now({"type": "http.response.body", "body": piece, "more_body": True})
        self._now({"type": "http.response.body", "body": b""})

    def _now(self, message: dict[str, Any]) -> None:
        async def sent() -> None:
            await self.send(message)

        asyncio.run_coroutine_threadsafe(sent(), self.loop).result()


def environ_of(scope: Scope, source: Any, length: int) -> Environ:
    """The WSGI environment; the length is told even where the transfer was chunked."""
    if not scope["query_string"].isascii():
        # WSGI knows ASCII only; what a client failed to quote is quoted for it.
        scope = {**scope, "query_string": quote(scope["query_string"], safe="%&=+").encode()}
    environ: Environ = dict(build_environ(cast(Any, scope), source))
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def announced_length(scope: Scope) -> int | None:
    """What Content-Length says, in bytes; None when it says nothing readable."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.strip().isdigit() else None
    return None
