"""Who is calling: the same credentials as everywhere, asked for without blocking the loop."""

from typing import Any, Final

from django.conf import settings
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from apps.accounts.authenticate import (
    ACCEPTED,
    Credential,
    authenticate,
    credential_from,
    remembered,
)
from apps.kernel.actor import Actor, ActorKind, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.origin import mcp_resource
from apps.mcp.threads import threads
from apps.mcp.tools import book
from apps.mcp.visit import Visit
from apps.operations.admit import ANONYMOUS

#: Methods that tell nothing but how to talk to this server.
HANDSHAKE: Final = frozenset(
    {"initialize", "notifications/initialized", "server/discover", "ping", "tools/list"}
)


async def actor_of(visit: Visit) -> Actor:
    """The caller; raises `unauthenticated`, or `busy` while the database is away.

    Without a credential the actor is anonymous, where the settings let anybody in at all.
    """
    credential = credential_of(visit)
    if credential is None:
        if anonymous_may_enter():
            return anonymous_actor()
        raise Failure(Code.UNAUTHENTICATED, f"A credential is missing. {ACCEPTED}")
    known = remembered(credential)
    return known if known is not None else await threads.run(authenticate, credential)


def credential_of(visit: Visit) -> Credential | None:
    """What the caller showed; a token made for another door opens nothing here."""
    door = mcp_resource(visit.headers.get("host", ""))
    return credential_from(visit.headers, visit.address, door)


def anonymous_may_enter() -> bool:
    """Whether callers without a credential are heard (they have no rights either way)."""
    config = settings.CONFIG
    return config.mcp_anonymous_enabled or not config.mcp_auth_enabled


def session_holder(actor: Actor) -> AuthenticatedUser:
    """The caller in the SDK's words: a session answers to the credential that opened it alone."""
    name = str(actor.credential_id or actor.id)
    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


def require_open(visit: Visit, message: dict[str, Any]) -> None:
    """An anonymous caller may learn how to talk, ping, and ask for health; else 401."""
    if visit.actor.kind is not ActorKind.ANONYMOUS or visit.method in HANDSHAKE:
        return
    if visit.method == "tools/call" and _is_open_tool(message):
        return
    raise Failure(Code.UNAUTHENTICATED, f"This needs a credential. {ACCEPTED}")


def _is_open_tool(message: dict[str, Any]) -> bool:
    params = message.get("params")
    name = params.get("name") if isinstance(params, dict) else None
    found = book().find(name) if isinstance(name, str) else None
    return found is not None and found.operation.name in ANONYMOUS
