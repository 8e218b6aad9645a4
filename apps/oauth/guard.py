"""A limit by address on what is asked before anybody is known."""

from typing import Final

import redis
from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited

from apps.kernel.errors import Code, Failure

#: Requests of one address, by what is asked for.
RATES: Final = {"authorize": "60/m", "token": "60/m", "revoke": "60/m", "register": "10/m"}
WINDOW_SECONDS: Final = 60.0


def guard(request: HttpRequest, what: str) -> None:
    """Raises `rate_limited` for an address that asks too often, `busy` without Valkey."""
    try:
        limited = is_ratelimited(
            request, group=f"oauth-{what}", key=_address, rate=RATES[what], increment=True
        )
    except redis.RedisError:
        raise Failure(
            Code.BUSY, "The limiter is away; no token is issued without it.", retry_after=5
        ) from None
    if limited:
        raise Failure(
            Code.RATE_LIMITED,
            f"Your address may ask {RATES[what].partition('/')[0]} times a minute. Wait, then "
            "try again.",
            retry_after=WINDOW_SECONDS,
        )


def _address(group: str, request: HttpRequest) -> str:
    """The connection's peer, never what a forwarding header says."""
    return str(request.META.get("controlplane.address") or request.META.get("REMOTE_ADDR", ""))
