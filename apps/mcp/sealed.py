"""State that travels through a client: sealed for one principal, one request and a short time."""

from typing import Any, Final

from django.conf import settings
from mcp.server.context import ServerRequestContext
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from apps.kernel.keyring import keyring
from apps.mcp.visit import visiting

#: What our own keys are used for here: the same key seals nothing else under this name.
PURPOSE: Final = "mcp.request-state:"


def boundary(audience: str) -> RequestStateBoundary:
    """Seals what goes out and opens what comes back, by AES-256-GCM, in any process.

    Keys are derived from CREDENTIAL_KEYS, the first seals and all open, so they rotate with
    them. What does not open as it was sealed is refused before any handler sees it.
    """
    security = RequestStateSecurity(
        keys=[f"{PURPOSE}{key}" for key in keyring().keys],
        ttl=settings.CONFIG.confirmation_seconds,
        bind_principal=principal,
    )
    return RequestStateBoundary(security, default_audience=audience)


def principal(ctx: ServerRequestContext[Any, Any]) -> str:
    """Who asks: another key of the same account is the same principal, another tenant never."""
    actor = visiting(ctx.request).actor
    return f"{actor.tenant_id}:{actor.id}"
