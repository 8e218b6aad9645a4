"""Asking the person behind an assistant before anything dangerous is done."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import mcp_types as types
from django.conf import settings
from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from apps.kernel.errors import conflict
from apps.mcp.session.asked import asking
from apps.operations.call import Call
from apps.operations.outcome import Outcome, Plan, PlanChange

Ctx = ServerRequestContext[Any, Any]

#: The key of the one question, and of its answer.
ASKED: Final = "confirm"
#: What a plan shows of each of its lists; a person reads no more in a dialogue.
SHOWN: Final = 8
LONGEST: Final = 120

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        ASKED: {
            "type": "boolean",
            "title": "Do it",
            "description": "Only with this ticked is anything done.",
        }
    },
    "required": [ASKED],
}


def can_ask(ctx: Ctx) -> bool:
    """Whether the client shows its person a form: it says so, and there is a way to ask."""
    said = ctx.session.client_capabilities
    shows = said.elicitation if said is not None else None
    if shows is None or (shows.form is None and shows.url is not None):
        return False
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.can_send_request


def question(call: Call, outcome: Outcome) -> types.InputRequiredResult:
    """The plan as a question that the client answers by repeating the call.

    The confirmation travels as the state: sealed on the way out, and in nobody's conversation.
    """
    params = types.ElicitRequestFormParams(
        message=described(call, outcome.plan or Plan()), requested_schema=SCHEMA
    )
    return types.InputRequiredResult(
        input_requests={ASKED: types.ElicitRequest(params=params)},
        request_state=outcome.confirmation,
    )


def confirmation_in(params: types.CallToolRequestParams) -> str | None:
    """The confirmation, when its person agreed; None when the call asks anew.

    Raises `conflict` when the person did not agree.
    """
    said = (params.input_responses or {}).get(ASKED)
    if params.request_state is None or said is None:
        return None
    require_agreed(said)
    return params.request_state


async def ask_back(ctx: Ctx, call: Call, outcome: Outcome) -> None:
    """Ask within a session, while the call waits; raises `conflict` unless its person agrees."""
    words = described(call, outcome.plan or Plan())
    try:
        async with asyncio.timeout(settings.CONFIG.confirmation_seconds):
            said = await _put(ctx, words)
    except TimeoutError:
        raise conflict("Nobody answered in time; nothing was done. Call again to ask.") from None
    require_agreed(said)


async def _put(ctx: Ctx, words: str) -> types.ElicitResult:
    """The answer to the question, on the stream of the call that raises it.

    Under an id of our own: the answer may reach another process, where the SDK's (1, 2, 3)
    could be the answer to another question.
    """
    params = types.ElicitRequestFormParams(message=words, requested_schema=SCHEMA)
    asked = params.model_dump(mode="json", by_alias=True, exclude_none=True)
    channel = ctx.session._request_outbound
    with asking() as number:
        said = await channel.send_raw_request("elicitation/create", asked, {"request_id": number})
    try:
        return types.ElicitResult.model_validate(said)
    except ValidationError:
        return types.ElicitResult(action="cancel")


def require_agreed(said: Any) -> None:
    """Raises unless the answer is a yes, in so many words."""
    content = said.content if isinstance(said, types.ElicitResult) else None
    if not content or said.action != "accept" or content.get(ASKED) is not True:
        raise conflict("The person who was asked did not agree; nothing was done.")


def described(call: Call, plan: Plan) -> str:
    """What would be done, for a person to read. Names may come from devices: they are shown on
    one line each, and short."""
    parts = [f"{call.operation} would act on {len(plan.targets)} target(s):"]
    parts += _listed(target.label for target in plan.targets)
    if plan.changes:
        parts.append("Changes:")
        parts += _listed(map(_changed, plan.changes))
    if plan.refusals:
        parts.append("Left out:")
        parts += _listed(one.reason for one in plan.refusals)
    if plan.risks:
        parts.append("Risks:")
        parts += _listed(plan.risks)
    return "\n".join(parts)


def _changed(change: PlanChange) -> str:
    """`what: before -> after`; where only one of both is known, that one."""
    known = [str(one) for one in (change.before, change.after) if one is not None]
    return f"{change.what}: {' -> '.join(known)}"


def _listed(lines: Iterable[str]) -> list[str]:
    found = [f"- {_plain(line)}" for line in lines]
    more = len(found) - SHOWN
    return [*found[:SHOWN], f"- and {more} more"] if more > 0 else found


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:LONGEST]
