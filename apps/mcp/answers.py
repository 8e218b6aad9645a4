"""What a tool call answers once the door has: a result, a task to ask after, or a question."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import mcp_types as types
from mcp.server.context import HandlerResult, ServerRequestContext

from apps.jobs.selectors import jobs
from apps.mcp import words
from apps.mcp.route import accepts_stream
from apps.mcp.streams.following import follow
from apps.mcp.tasks.negotiation import declared
from apps.mcp.tasks.shape import created, result_of
from apps.mcp.threads import threads
from apps.mcp.tools import Entry
from apps.mcp.visit import visiting
from apps.operations.call import Call
from apps.operations.outcome import Outcome

Ctx = ServerRequestContext[Any, Any]
R = TypeVar("R")
Present = Callable[[Entry, Call, Outcome], Awaitable[R]]


async def plain(entry: Entry, call: Call, outcome: Outcome) -> types.CallToolResult:
    """The answer to a client that only listens for results."""
    return words.answered(entry, outcome)


async def answer(ctx: Ctx, entry: Entry, call: Call, outcome: Outcome) -> HandlerResult:
    """The answer to `call`, in the richest form its sender understands."""
    if outcome.job is not None and declared(ctx):
        task = await threads.run(task_of, call, outcome)
        if task is not None:
            return task
    if outcome.job is not None and wants_progress(ctx):
        job = await follow(ctx, call, outcome.job)
        if job is not None:
            return result_of(job)
    return words.answered(entry, outcome)


def wants_progress(ctx: Ctx) -> bool:
    """Whether the caller listens for words on the way; then it waits for the end as well."""
    asked = ctx.meta is not None and ctx.meta.get("progress_token") is not None
    return asked and accepts_stream(visiting(ctx.request))


def task_of(call: Call, outcome: Outcome) -> dict[str, Any] | None:
    """The accepted job as a task; None when its sender may not look at it later."""
    job = outcome.job and jobs(call.actor).filter(id=outcome.job.id).first()
    return created(job) if job else None
