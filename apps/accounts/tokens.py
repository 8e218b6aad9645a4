"""Tokens of connected assistants: made, found by their checksum, judged; never kept as text."""

import hashlib
import secrets
from typing import Any, Final

from oauth2_provider.models import AccessToken

from apps.accounts.models import Assistant
from apps.accounts.selectors import usable_assistants
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.origin import belongs_to

#: What the texts begin with, so that doors and scanners of secrets know them.
ACCESS_PREFIX: Final = "cpo_"
REFRESH_PREFIX: Final = "cpr_"


def new_access_token(request: Any, refresh_token: bool = False) -> str:
    """A new access token, called by the authorization server."""
    return ACCESS_PREFIX + secrets.token_urlsafe(32)


def new_refresh_token(request: Any, refresh_token: bool = True) -> str:
    """A new refresh token, called by the authorization server."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32)


def checksum(text: str) -> str:
    """How tokens and codes are stored and found: random enough to need neither salt nor pepper."""
    return hashlib.sha256(text.encode()).hexdigest()


def token_verified(text: str, door: str | None) -> tuple[Assistant, frozenset[str]]:
    """The assistant behind an access token and the token's scopes; raises `unauthenticated`.

    `door` is the identifier of a resource that takes only tokens made for it. Elsewhere a token
    that was made for one resource is refused: it must not open another.
    """
    token = AccessToken.objects.filter(token_checksum=checksum(text)).first()
    if token is None or token.user_id is None:
        raise _refused("This token is not known.")
    if token.expires <= clock.now():
        raise _refused("This token has expired; refresh it.")
    if door is None and token.resource:
        raise _refused("This token was made for another resource.")
    if door is not None and not any(belongs_to(resource, door) for resource in token.resource):
        raise _refused(f"This token was not made for {door}; ask for one with resource={door}.")
    assistant = usable_assistants().filter(agent_id=token.user_id).first()
    if assistant is None:
        raise _refused("This assistant was disconnected, or its person may not act.")
    return assistant, frozenset(token.scope.split())


def _refused(reason: str) -> Failure:
    return Failure(Code.UNAUTHENTICATED, reason)
