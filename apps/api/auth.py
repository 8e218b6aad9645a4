"""Who calls the REST face: a key, a token, or a person's browser session."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.authenticate import (
    ACCEPTED,
    Credential,
    authenticate,
    credential_from,
)
from apps.accounts.selectors import actor_of
from apps.api.identity import address
from apps.kernel.actor import Actor, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.operations import budgets

CHALLENGE: Final = 'Bearer realm="controlplane", ApiKey realm="controlplane"'


def credential_of(request: HttpRequest) -> Credential | None:
    """The credential in the request's headers; None when there is none."""
    shown = {
        "x-api-key": request.META.get("HTTP_X_API_KEY", ""),
        "authorization": request.META.get("HTTP_AUTHORIZATION", ""),
    }
    return credential_from(shown, address(request))


def caller(request: HttpRequest) -> Actor | None:
    """The actor behind a request; None without any credential.

    Raises `unauthenticated` for a credential that is not accepted: a wrong key is never
    treated as no key.
    """
    credential = credential_of(request)
    if credential is not None:
        return authenticate(credential)
    return _session_actor(request)


def require_caller(request: HttpRequest) -> Actor:
    """The actor behind a request; raises `unauthenticated` without one."""
    actor = caller(request)
    if actor is None:
        raise no_credential()
    return actor


def caller_or_anonymous(request: HttpRequest) -> Actor:
    """The same, but without a credential the anonymous actor where the setting allows it."""
    if settings.CONFIG.api_anonymous_enabled:
        return caller(request) or anonymous_actor()
    return require_caller(request)


def no_credential() -> Failure:
    """The failure of a caller who showed nothing."""
    return Failure(Code.UNAUTHENTICATED, f"This needs a credential. {ACCEPTED}")


def _session_actor(request: HttpRequest) -> Actor | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    if not user.is_authenticated:
        return None
    _require_csrf(request)
    return actor_of(user)


def _require_csrf(request: HttpRequest) -> None:
    """A browser sends its cookie for any page, so a session needs the page's own token too."""
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # never calls on
    check.process_request(request)
    reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]  # unused there
    if reason:
        raise Failure(
            Code.FORBIDDEN, "A browser session needs the header X-CSRFToken with the page's token."
        )


class CredentialAuthentication(BaseAuthentication):
    """Puts the actor where DRF's views look for who asks (`request.auth`)."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        actor = caller(request._request)
        if actor is None:
            return None
        return actor, actor

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class HasActor(BasePermission):
    """Resources are for somebody: there is no anonymous reading, and an agent's reading counts
    as its calls do. A stopped agent reads nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Actor):
            raise no_credential()
        budgets.spend_agent_read(request.auth)
        return True
