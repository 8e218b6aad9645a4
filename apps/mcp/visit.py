"""One HTTP request to `/mcp`: who sent it, which ids it carries, how it is being answered."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import Message, Scope, Send

from apps.kernel import clock
from apps.kernel.actor import Actor, anonymous_actor
from apps.kernel.ids import new_text_id
from apps.mcp.session.opening import Opening

#: Where a visit travels through the SDK: a key of the ASGI scope.
KEY: Final = "controlplane.visit"
SESSION_HEADER: Final = "mcp-session-id"

_REQUEST_ID: Final = re.compile(r"^[A-Za-z0-9._:-]{1,100}$")
_TRACEPARENT: Final = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_TRACE: Final = "0" * 32
_NOBODY: Final = anonymous_actor()


@dataclass(slots=True)
class Visit:
    """A request on its way through the face.

    `headers` are lower-cased and stripped: some servers keep white space around values; `doubled`
    says that one was sent twice. `failed`
    names what went wrong, for the counters. `retry_after` (seconds) becomes a response header.
    `ended` says that this side ended it while it was open.
    `scopes_missing` are those that the caller's token lacks for what it asked.
    `session` is the id of the session it belongs to or opens, and `opening` what that id says;
    `announced` has the answer tell the id.
    """

    scope: Scope
    headers: dict[str, str]
    request_id: str
    trace_id: str
    reply: Send
    doubled: bool = False
    actor: Actor = _NOBODY
    method: str = "unknown"
    status: int = 0
    failed: str = ""
    retry_after: float | None = None
    ended: bool = False
    scopes_missing: tuple[str, ...] = ()
    session: str = ""
    opening: Opening | None = None
    announced: bool = False
    began: float = field(default_factory=clock.monotonic)

    @property
    def address(self) -> str:
        """The connection's peer; an IPv4 address mapped into IPv6 is written as IPv4."""
        return str((self.scope.get("client") or ("",))[0]).removeprefix("::ffff:")

    @property
    def lives(self) -> bool:
        """Whether it belongs to a session with a connection behind it."""
        return self.opening is not None and self.opening.lives

    async def send(self, message: Message) -> None:
        """The server's `send`, with the headers every answer of this face carries."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", self.request_id.encode())]
            if self.announced and self.status < 400:
                headers.append((SESSION_HEADER.encode(), self.session.encode()))
            if self.retry_after is not None:
                headers.append((b"retry-after", whole_seconds(self.retry_after).encode()))
            message = {**message, "headers": headers}
        await self.reply(message)


def visit_of(scope: Scope, send: Send) -> Visit:
    """The visit that an ASGI request begins; its scope carries it from here on."""
    raw, headers = [], {}
    for sent, padded in scope["headers"]:
        name, value = sent.lower(), padded.strip()
        raw.append((name, value))
        headers[name.decode("latin-1")] = value.decode("latin-1")
    wanted = headers.get("x-request-id")
    visit = Visit(
        scope={**scope, "headers": raw},
        headers=headers,
        request_id=wanted if wanted and _REQUEST_ID.match(wanted) else new_text_id(),
        trace_id=trace_id_of(headers.get("traceparent")),
        reply=send,
        doubled=len(headers) != len(raw),
    )
    visit.scope[KEY] = visit
    return visit


def trace_id_of(traceparent: object) -> str:
    """The trace id of a W3C `traceparent`; empty when there is none."""
    found = _TRACEPARENT.match(traceparent) if isinstance(traceparent, str) else None
    return found[1] if found and found[1] != _NO_TRACE else ""


def whole_seconds(seconds: float) -> str:
    """`Retry-After` knows whole seconds only: rounded up, never zero."""
    return str(max(1, -int(-seconds // 1)))


def visiting(request: Any) -> Visit:
    """The visit behind the request object that the SDK hands to its handlers."""
    visit: Visit = request.scope[KEY]
    return visit
