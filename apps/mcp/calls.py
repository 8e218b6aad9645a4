"""A tool call: from arguments through the operations' door to a result."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import mcp_types as types
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError

from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure
from apps.mcp import answers, extras, finding, metrics, trio, words
from apps.mcp.answers import Manner
from apps.mcp.confirming import Person, through
from apps.mcp.limiter import Limiter, batches
from apps.mcp.replies import error_data
from apps.mcp.schemas import Json, split_arguments
from apps.mcp.streams.waiting import waited
from apps.mcp.threads import threads
from apps.mcp.tools import Entry, book
from apps.mcp.toolsets import toolset_of
from apps.mcp.visit import Visit, trace_id_of, visiting
from apps.mcp.words import Said
from apps.operations import budgets
from apps.operations.admit import ANONYMOUS
from apps.operations.call import Call, Receipt
from apps.operations.core import AnyOperation, Face
from apps.operations.door import invoke
from apps.operations.failures import TABLE
from apps.operations.outcome import Outcome, Status

CLIENT_INFO: Final = "io.modelcontextprotocol/clientInfo"
INVALID_PARAMS: Final = -32602
#: What a call that names no tool is counted as.
UNKNOWN: Final = "unknown"

Ctx = ServerRequestContext[Any, Any]
R = TypeVar("R")


class ToolCalls:
    """Answers `tools/call`. Belongs to one event loop, as its limiter does."""

    def __init__(self) -> None:
        self._limiter = Limiter()

    async def __call__(self, ctx: Ctx, params: types.CallToolRequestParams) -> HandlerResult:
        """The answer to a client that may be told and asked things meanwhile."""
        manner = answers.manner_of(ctx, params)
        given = params.arguments or {}
        found = await self.answer(visiting(ctx.request), params.name, given, meta_of(ctx), manner)
        return found.result() if isinstance(found, Said) else found

    async def answer(
        self,
        visit: Visit,
        name: str,
        arguments: Json,
        meta: Mapping[str, Any],
        manner: Manner[R],
    ) -> R | Said | types.CallToolResult:
        """What `manner` makes of a call's outcome, or the result of one that failed; raises
        `MCPError` for what the protocol answers beside it."""
        if (extra := extras.find(name)) is not None and extra.answer is not None:
            return extra.answer(arguments)
        began, tool = clock.monotonic(), name if name == trio.RUN else UNKNOWN
        answer: R | Said
        try:
            name, arguments = trio.unwrapped(name, arguments)
            if name in finding.ANSWERS:
                tool, status = name, Status.OK
                answer = words.told(await threads.run(looked, name, arguments, visit))
            else:
                entry = await entry_of(name, visit, meta)
                tool = entry.tool.name
                receipt = await self._receipt(entry.operation, visit.actor)
                call = call_of(entry, arguments, visit, meta, receipt)
                outcome = await self._invoke(visit, entry, call, manner.person())
                answer, status = await manner.present(entry, call, outcome), outcome.status
        except Failure as failure:
            metrics.count_tool(tool, began, status="error", error_type=failure.code)
            if tool == UNKNOWN or TABLE[failure.code].rpc is not None:
                raise protocol_error(failure, visit) from None
            return words.refused(failure, visit.request_id)
        metrics.count_tool(tool, began, status=status)
        return answer

    async def _receipt(self, operation: AnyOperation, actor: Actor) -> Receipt | None:
        """Pays for a call here, where it can be; raises `rate_limited`."""
        return await self._limiter.spend(actor) if is_charged_here(operation, actor) else None

    async def _invoke(self, visit: Visit, entry: Entry, call: Call, person: Person) -> Outcome:
        if entry.operation.waits:
            return await waited(visit, entry.operation, call)
        if stays_on_loop(entry, call):
            return invoke(call)
        return await threads.run(through, call, person)


async def entry_of(name: str, visit: Visit, meta: Mapping[str, Any]) -> Entry:
    """The tool that was named. One the caller may not use is answered as one that is not there;
    the attempt is written down as at every door. Raises `not_found`."""
    try:
        return book().require(name, visit.actor, toolset_of(visit))
    except Failure:
        hidden = book().find(name)
        if hidden is not None and not hidden.is_visible_to(visit.actor):
            await threads.run(denied, call_of(hidden, {}, visit, meta))
        raise


def denied(call: Call) -> None:
    """Let the door refuse a call that has no right; what it was to do is not even read."""
    try:
        invoke(call)
    except Failure as failure:
        if failure.code is not Code.FORBIDDEN:
            raise


def looked(name: str, arguments: Json, visit: Visit) -> Json:
    """The answer of a tool that looks for tools; costs what a READ costs."""
    budgets.spend_read(visit.actor)
    return finding.ANSWERS[name](book(), visit.actor, toolset_of(visit), arguments)


def is_charged_here(operation: AnyOperation, actor: Actor) -> bool:
    """Whether a call may be paid with tokens this process holds: a READ that will not be refused
    for its rights, by a caller whose tokens may be held. What waits pays with its first look."""
    if operation.changes or operation.waits:
        return False
    if actor.kind is ActorKind.ANONYMOUS:
        return operation.name in ANONYMOUS
    return batches(actor) and actor.may(operation.permission)


def stays_on_loop(entry: Entry, call: Call) -> bool:
    """Whether nothing of the call can block: a pure READ that is paid and leaves no evidence."""
    operation = entry.operation
    return (
        operation.pure and not operation.audited and not call.dry_run and call.receipt is not None
    )


def call_of(
    entry: Entry,
    arguments: Json,
    visit: Visit,
    meta: Mapping[str, Any],
    receipt: Receipt | None = None,
) -> Call:
    """The call behind a `tools/call`; raises `invalid` for a wrong reserved argument."""
    given, reserved = split_arguments(entry.operation, arguments)
    return Call(
        operation=entry.operation.name,
        input=given,
        actor=visit.actor,
        face=Face.MCP,
        key=reserved.idempotency_key,
        confirmation=reserved.confirmation,
        dry_run=reserved.dry_run,
        reason=reserved.reason,
        request_id=visit.request_id,
        trace_id=trace_id_of(meta.get("traceparent")) or visit.trace_id,
        client=client_of(meta, visit),
        address=visit.address,
        receipt=receipt,
    )


def meta_of(ctx: Ctx) -> Mapping[str, Any]:
    """The request's `_meta`, as sent."""
    meta = (ctx.params or {}).get("_meta")
    return meta if isinstance(meta, Mapping) else {}


def client_of(meta: Mapping[str, Any], visit: Visit) -> str:
    """Name and version of the client, told with the call or when its session was opened; of one
    that tells neither, its user agent."""
    info = meta.get(CLIENT_INFO)
    named = isinstance(info, Mapping) and info.get("name")
    said = f"{info['name']} {info.get('version', '')}" if named and info else ""
    if not said and visit.opening is not None:
        said = visit.opening.client
    return (said or visit.headers.get("user-agent", "")).strip()[:100]


def protocol_error(failure: Failure, visit: Visit) -> MCPError:
    """A failure that MCP answers beside the tool: too fast, or our own mistake."""
    visit.retry_after = failure.retry_after
    code = TABLE[failure.code].rpc
    return MCPError(code or INVALID_PARAMS, failure.detail, error_data(failure, visit.request_id))
