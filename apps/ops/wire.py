"""The little of ASGI that the plain endpoints need: headers in, one answer out."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import orjson
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from apps.kernel.errors import Code, Failure
from apps.operations.failures import TABLE, problem
from apps.ops.middleware import plain_address, request_id_from

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON: Final = "application/json"
CHALLENGE: Final = 'Bearer realm="controlplane", ApiKey realm="controlplane"'
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def headers_of(scope: Scope) -> dict[str, str]:
    """Header values by lower-cased name, without the blanks around them."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1").strip()
        for name, value in scope["headers"]
    }


def address_of(scope: Scope) -> str:
    """The connection's peer; empty on a local socket."""
    client = scope.get("client")
    return plain_address(str(client[0])) if client else ""


def from_this_machine(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a program on this machine asks, and not a proxy for somebody else.

    A page that rebinds its name to 127.0.0.1 is a browser on this machine, so the Host header
    has to be one that we answer to.
    """
    if any(name in headers for name in FORWARDED):
        return False
    domain, _ = split_domain_port(headers.get("host", ""))
    known = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
    return known and (address_of(scope).startswith("127.") or address_of(scope) == "::1")


async def respond(
    send: Send,
    scope: Scope,
    status: int,
    body: bytes,
    *,
    kind: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> None:
    """One whole answer; HEAD gets its headers alone."""
    fields = {
        "content-type": kind,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **(headers or {}),
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def respond_failure(send: Send, scope: Scope, failure: Failure) -> None:
    """A failure as a problem document."""
    request_id = request_id_from(headers_of(scope).get("x-request-id"))
    headers = {"x-request-id": request_id}
    if failure.code is Code.UNAUTHENTICATED:
        headers["www-authenticate"] = CHALLENGE
    await respond(
        send,
        scope,
        TABLE[failure.code].http,
        orjson.dumps(problem(failure, request_id)),
        kind="application/problem+json",
        headers=headers,
    )
