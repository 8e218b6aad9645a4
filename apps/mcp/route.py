"""Which way a request takes: ours, or one of the three through the SDK. Decided here alone."""

from enum import StrEnum
from typing import Final

from django.conf import settings
from mcp_types import LOG_LEVEL_META_KEY

from apps.kernel.actor import ActorKind
from apps.mcp import extras
from apps.mcp.inorder import are_parameters_mirrored, is_in_order
from apps.mcp.message import Message
from apps.mcp.session.opening import opening_of
from apps.mcp.tools import book
from apps.mcp.visit import Visit
from apps.operations.core import AnyOperation

TASKS: Final = "io.modelcontextprotocol/tasks"
LISTEN: Final = "subscriptions/listen"
#: What a handshake client offers to be asked while a call runs; it takes a connection to ask.
ASKED_BACK: Final = ("elicitation", "sampling")


class Way(StrEnum):
    """How a request is answered."""

    THIN = "thin"  # here, from the catalogue
    PLAIN = "plain"  # here, as a stream of what changes
    JSON = "json"  # by the SDK: one request, one answer
    STREAM = "stream"  # by the SDK: one request, what it has to tell meanwhile, its answer
    SESSION = "session"  # by the SDK: a session whose client can be asked things back


def way_of(visit: Visit, message: Message) -> Way:
    """The way of a POST. What the thin path cannot answer beyond doubt, the SDK judges."""
    if not message.modern and visit.lives:
        return Way.SESSION
    if settings.MCP_THIN_PATH and is_in_order(visit, message):
        if message.method == LISTEN:
            if accepts_stream(visit):
                return Way.PLAIN
        elif _is_quick(visit, message):
            return Way.THIN
    return Way.STREAM if _may_stream(visit, message) else Way.JSON


def open_session(visit: Visit, message: Message) -> None:
    """Give the sender of an `initialize` a session; one with a connection behind it where it can
    be asked things. Whoever shows no credential gets none."""
    if visit.actor.kind is ActorKind.ANONYMOUS:
        return
    asked_back = any(name in message.capabilities for name in ASKED_BACK)
    lives = (asked_back or settings.MCP_SESSIONS_ALWAYS) and accepts_stream(visit)
    opening = opening_of(visit.actor, message.params, lives=lives)
    if opening is not None:
        visit.opening, visit.session, visit.announced = opening, opening.sealed(), True


def _may_stream(visit: Visit, message: Message) -> bool:
    if not accepts_stream(visit):
        return False
    told = "progressToken" in message.meta or LOG_LEVEL_META_KEY in message.meta
    return told or (message.modern and message.method in ("tools/call", LISTEN))


def accepts_stream(visit: Visit) -> bool:
    """Whether the caller takes both of the forms an answer may have."""
    accepted = visit.headers.get("accept", "")
    return "text/event-stream" in accepted and "application/json" in accepted


def _is_quick(visit: Visit, message: Message) -> bool:
    """Whether nothing is to be told or asked before the answer."""
    if message.method != "tools/call":
        return "progressToken" not in message.meta
    name, arguments = message.params["name"], message.params.get("arguments", {})
    entry = book().find(name)
    if entry is not None:
        # No operation wants arguments said in headers as well, so there is nothing to compare.
        return _is_short(entry.operation, message)
    extra = extras.find(name)
    return (
        extra is not None
        and extra.answer is not None
        and are_parameters_mirrored(extra.tool, visit, arguments)
    )


def _is_short(operation: AnyOperation, message: Message) -> bool:
    """A pure READ has nothing to tell; any other may, to a client that listens. What changes
    something may become a question or a task, for a client that knows these."""
    if operation.pure:
        return True
    if "progressToken" in message.meta:
        return False
    return not operation.changes or not (
        "elicitation" in message.capabilities or message.speaks_of_tasks
    )
