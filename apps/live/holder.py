"""Who holds a stream open, asked again every few seconds for as long as it is open."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.accounts.authenticate import Credential, authenticate
from apps.accounts.models import User
from apps.accounts.selectors import actor_of, current_actor
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.live.tickets import Bearer
from apps.operations import budgets

GONE = "You are no longer logged in, or may no longer act."


class Holder(Protocol):
    """Gives the actor as its rights stand now; raises `unauthenticated` when there is none."""

    def actor(self) -> Actor:
        """Look again. Reads the database: never on an event loop."""


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Came with an API key or a bearer token."""

    credential: Credential

    def actor(self) -> Actor:
        actor = authenticate(self.credential)
        budgets.require_running(actor)
        return actor


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """Came with the cookie of a browser session."""

    session_key: str

    def actor(self) -> Actor:
        user = _user_of_session(self.session_key)
        if user is None:
            raise Failure(Code.UNAUTHENTICATED, GONE)
        return actor_of(user)


@dataclass(frozen=True, slots=True)
class TicketHolder:
    """Came with a ticket, which is as good as what it was given for."""

    bearer: Bearer

    def actor(self) -> Actor:
        if self.bearer.session_key is not None:
            return SessionHolder(self.bearer.session_key).actor()
        found = current_actor(self.bearer.user_id, self.bearer.credential_id)
        if found is None:
            raise Failure(Code.UNAUTHENTICATED, GONE)
        return found


def _user_of_session(session_key: str) -> User | None:
    """The user Django would find; a changed password or an expired session finds nobody."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    request = HttpRequest()
    request.session = engine.SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None
