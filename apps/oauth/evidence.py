"""What happens to tokens without anybody calling an operation leaves evidence all the same."""

from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from apps.accounts.models import Assistant
from apps.accounts.selectors import assistant_actor
from apps.audit import services as audit
from apps.audit.services import Act, Subject
from apps.events.closing import close_streams

REFRESH: Final = "oauth.token.refresh"
TRADE: Final = "oauth.code.trade"
REVOKE: Final = "oauth.token.revoke"

log = structlog.get_logger(__name__)


def reused(agent_id: UUID, request: Any) -> None:
    """A refresh token was shown again after it was spent."""
    detail = "A spent refresh token came again; every token that grew from it was ended."
    audit.denied(_act(REFRESH, agent_id, request), verdict="token_reused", detail=detail)
    transaction.on_commit(partial(close_streams, agent_id, detail))
    log.warning("refresh token reused", agent=str(agent_id))


def traded_again(agent_id: UUID, request: Any) -> None:
    """An authorization code was shown again after it was traded for tokens."""
    detail = "A code came again after it was traded; every token that grew from it was ended."
    audit.denied(_act(TRADE, agent_id, request), verdict="code_reused", detail=detail)
    transaction.on_commit(partial(close_streams, agent_id, detail))
    log.warning("authorization code reused", agent=str(agent_id))


def given_back(agent_id: UUID, request: Any) -> None:
    """A client gave a token back."""
    detail = "The client gave its token back."
    audit.outcome(_act(REVOKE, agent_id, request), intent_id=None, verdict="ok", detail=detail)
    transaction.on_commit(partial(close_streams, agent_id, detail))


def _act(operation: str, agent_id: UUID, request: Any) -> Act:
    """The act of the assistant whose token it is; `request` carries what the middleware wrote."""
    assistant = Assistant.system.select_related("agent__acts_for").get(agent_id=agent_id)
    told = request.headers
    return Act(
        operation=operation,
        face="oauth",
        actor=assistant_actor(assistant, assistant.scopes),
        request_id=str(told.get("controlplane.request_id", "")),
        trace_id=str(told.get("controlplane.trace_id", "")),
        client=str(told.get("HTTP_USER_AGENT", "")),
        address=str(told.get("controlplane.address", "")),
        subject=Subject("assistant", assistant.id, str(assistant)),
    )
