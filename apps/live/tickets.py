"""One-time tickets, with which a browser opens a socket without showing its credential."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey

LIFETIME: Final = 30
_PREFIX: Final = "cp:live:ticket:"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Good once, for `seconds` from now, as `/ws/events?ticket=…`."""

    text: str
    seconds: int = LIFETIME


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who got the ticket, and through what; what that loses, the socket loses."""

    user_id: UUID
    credential_id: UUID | None
    session_key: str | None


def issue(actor: Actor, *, session_key: str | None = None) -> Ticket:
    """A ticket for `actor`, who came with a key or with the browser session `session_key`."""
    if actor.credential_id is None and session_key is None:
        raise Failure(Code.UNAUTHENTICATED, "A ticket is given for an API key or a session.")
    text = secrets.token_urlsafe(32)
    body = [actor.id, actor.credential_id, session_key]
    valkey().set(_name(text), orjson.dumps(body), ex=LIFETIME)
    return Ticket(text)


def redeem(text: str) -> Bearer:
    """Whose ticket it was; raises `unauthenticated` for one used, expired or never given."""
    raw = valkey().getdel(_name(text))
    if not isinstance(raw, bytes):
        raise Failure(
            Code.UNAUTHENTICATED, "This ticket is not known, or used or expired; get a new one."
        )
    user, credential, session = orjson.loads(raw)
    return Bearer(UUID(user), UUID(credential) if credential else None, session)


def _name(text: str) -> str:
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()
