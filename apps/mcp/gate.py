"""What a request must satisfy before anybody asks who sent it: host, origin, size."""

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from starlette.types import Message, Receive

from apps.kernel.errors import Code, Failure

#: Bytes of a request's body that are read, at most.
BODY_MOST: Final = 1_048_576


def require_known_host(headers: dict[str, str]) -> None:
    """Refuse a Host this plane does not answer to: a page that rebinds its name would send it.

    Django's own check never sees these requests.
    """
    if not _is_known(headers.get("host", ""), tuple(settings.ALLOWED_HOSTS)):
        raise Failure(Code.FORBIDDEN, "This Host is not answered here; see ALLOWED_HOSTS.")


@lru_cache(maxsize=256)
def _is_known(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def require_own_origin(headers: dict[str, str]) -> None:
    """Refuse a browser page of another origin, unless CORS_ORIGINS names it."""
    origin = headers.get("origin")
    if origin is None or origin in settings.CONFIG.cors_origins:
        return
    if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise Failure(Code.FORBIDDEN, "This Origin may not call here; see CORS_ORIGINS.")


async def body_of(headers: dict[str, str], receive: Receive) -> bytes:
    """The whole body; raises `too_large` as soon as it is known to be."""
    if headers.get("content-length", "0").isdecimal():
        _require_small(int(headers.get("content-length", "0")))
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Failure(Code.MALFORMED, "The request ended before its body did.")
        part = message.get("body", b"")
        size += len(part)
        _require_small(size)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _require_small(size: int) -> None:
    if size > BODY_MOST:
        raise Failure(Code.TOO_LARGE, f"A request has {BODY_MOST} bytes at most.")


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells the body once more, then whatever else the server says."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
