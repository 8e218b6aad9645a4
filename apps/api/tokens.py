"""Trading an API key for a short-lived token, and telling a caller who it is."""

from datetime import UTC
from typing import Any, Final

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django_ratelimit.core import is_ratelimited

from apps.accounts.authenticate import authenticate
from apps.accounts.secrets import prefix_of
from apps.accounts.services import token_issue
from apps.api.auth import credential_of, no_credential, require_caller
from apps.api.errors import answer, speaks_problems, wrong_method
from apps.api.identity import address
from apps.api.renderers import json_response
from apps.kernel.actor import Actor, Right
from apps.kernel.errors import Code, Failure

#: Trades that one address may try; it counts those that fail as well.
TRADES: Final = "30/m"
WINDOW_SECONDS: Final = 60.0


@csrf_exempt
@speaks_problems
def token(request: HttpRequest) -> HttpResponse:
    """`POST /api/v1/auth/token` with an API key: a bearer token."""
    if request.method != "POST":
        return answer(request, wrong_method("POST"))
    guard(request)
    credential = credential_of(request)
    if credential is None:
        raise no_credential()
    actor = authenticate(credential)
    if prefix_of(credential.text) is None or actor.credential_id is None:
        raise Failure(Code.FORBIDDEN, "Only an API key is traded; a token cannot renew itself.")
    seconds = settings.CONFIG.token_seconds
    text, expires = token_issue(key_id=actor.credential_id, seconds=seconds)
    body = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": seconds,
        "expires_at": expires.astimezone(UTC),
    }
    response = json_response(body)
    response["Cache-Control"] = "no-store"
    return response


@speaks_problems
def me(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/auth/me`: who the credential is, and what it may do where."""
    if request.method not in ("GET", "HEAD"):
        return answer(request, wrong_method("GET, HEAD"))
    return json_response(described(require_caller(request)))


def guard(request: HttpRequest) -> None:
    """Raises `rate_limited` for an address that tries too often, `busy` without Valkey."""
    try:
        limited = is_ratelimited(
            request,
            group="api-token",
            key=lambda _, asked: address(asked),
            rate=TRADES,
            increment=True,
        )
    except redis.RedisError:
        raise Failure(
            Code.BUSY, "The limiter is away; nothing is traded without it.", retry_after=5
        ) from None
    if limited:
        raise Failure(
            Code.RATE_LIMITED,
            f"This address may trade {TRADES.partition('/')[0]} keys a minute.",
            retry_after=WINDOW_SECONDS,
        )


def described(actor: Actor) -> dict[str, Any]:
    """The actor as its owner sees it."""
    return {
        "id": actor.id,
        "kind": actor.kind.value,
        "label": actor.label,
        "tenant_id": actor.tenant_id,
        "acts_for": actor.acts_for,
        "credential_id": actor.credential_id,
        "scopes": None if actor.scopes is None else sorted(actor.scopes),
        "rights": [[right_shown(right) for right in layer] for layer in actor.layers],
    }


def right_shown(right: Right) -> dict[str, Any]:
    """Permissions and the place they hold at."""
    return {
        "permissions": sorted(right.permissions),
        "path": right.path,
        "devices": sorted(right.devices),
    }
