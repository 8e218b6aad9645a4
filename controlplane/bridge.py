"""Synchronous Django behind an asynchronous server, at a third of the cost of its ASGI handler."""

from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import quote

from a2wsgi import WSGIMiddleware
from django.conf import settings

from controlplane.mounts import Receive, Scope, Send
from controlplane.wsgi import application as django

#: What is read ahead of a body without announced length; views refuse one byte more.
LARGEST_UNANNOUNCED: Final = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1


class Bridge:
    """Threads that run Django's WSGI application, each with a database connection of its own."""

    def __init__(self, threads: int) -> None:
        self._wsgi = WSGIMiddleware(django, workers=threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["query_string"].isascii():
            # WSGI knows ASCII only; what a client failed to quote is quoted for it.
            scope = {**scope, "query_string": quote(scope["query_string"], safe="%&=+").encode()}
        if is_unannounced(scope):
            scope, receive = await announced(scope, receive)
        await self._wsgi(scope, receive, send)


def is_unannounced(scope: Scope) -> bool:
    """Whether a body may come whose length no header tells (chunked transfer)."""
    return any(name.lower() == b"transfer-encoding" for name, _ in scope["headers"])


async def announced(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """Read the body ahead, so that WSGI can be told its length; never more than a view takes."""
    body, more = bytearray(), True
    while more and len(body) < LARGEST_UNANNOUNCED:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
    length = (b"content-length", str(len(body)).encode())

    async def whole() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return {**scope, "headers": [*headers, length]}, whole
