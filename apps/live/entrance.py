"""The door of the live streams: where from, who, what is wanted, and after which position."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from apps.accounts.authenticate import ACCEPTED, credential_from
from apps.events.envelope import Position
from apps.kernel.errors import Code, Failure, invalid
from apps.live import tickets, wanted
from apps.live.holder import Holder, KeyHolder, SessionHolder, TicketHolder

Scope = Mapping[str, Any]

NOBODY: Final = f"Nobody is logged in. {ACCEPTED} Browsers may use their session."


@dataclass(frozen=True, slots=True)
class Request:
    """What an ASGI scope says, in the words of this app."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    address: str

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """Reads a scope of either kind."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        client = scope.get("client")
        return cls(headers, {name: ",".join(all) for name, all in query.items()}, _address(client))

    @property
    def origin(self) -> str | None:
        """Where a browser says the page is from."""
        return self.headers.get("origin")

    @property
    def foreign(self) -> bool:
        """Whether the page is from another origin, one that the settings allow."""
        return self.origin in settings.CONFIG.cors_origins


def _address(client: Any) -> str:
    return str(client[0]) if client else ""


def require_place(request: Request) -> None:
    """Raises unless the Host is ours and a browser's page is ours or an allowed one."""
    host = request.headers.get("host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise Failure(Code.MALFORMED, "This Host is not served here; see ALLOWED_HOSTS.")
    if request.foreign:
        return
    if request.origin is not None and urlsplit(request.origin).netloc != host:
        raise Failure(Code.FORBIDDEN, "Pages of this origin may not listen; see CORS_ORIGINS.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Failure(Code.FORBIDDEN, "Pages of other sites may not listen.")


def holder_of(request: Request) -> Holder:
    """Who asks: by header, by ticket, or by session cookie. Raises `unauthenticated`."""
    credential = credential_from(dict(request.headers), request.address)
    if credential is not None:
        return KeyHolder(credential)
    if ticket := request.query.get("ticket"):
        return TicketHolder(tickets.redeem(ticket))
    cookies = parse_cookie(request.headers.get("cookie", ""))
    if session_key := cookies.get(settings.SESSION_COOKIE_NAME):
        return SessionHolder(session_key)
    raise Failure(Code.UNAUTHENTICATED, NOBODY)


def wanted_by(request: Request) -> wanted.Wanted:
    """The filters in the address."""
    return wanted.read(request.query)


def position_of(request: Request) -> Position | None:
    """Where the reader stopped: `Last-Event-ID`, which a browser sends by itself, or `after`."""
    text = request.headers.get("last-event-id") or request.query.get("after")
    if not text:
        return None
    try:
        return Position.parse(text)
    except ValueError as error:
        raise invalid("after", f"{error}.", allowed="the id of an event, as 1234-56") from None
