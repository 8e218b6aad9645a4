"""What a tool call answers once the door has: a result, a task to ask after, or a question."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Generic, TypeVar

import mcp_types as types
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from apps.jobs.selectors import jobs
from apps.mcp import bulk, elicit, words
from apps.mcp.confirming import NOBODY, Person
from apps.mcp.route import accepts_stream
from apps.mcp.streams.following import follow
from apps.mcp.tasks.negotiation import declared
from apps.mcp.tasks.shape import created, result_of
from apps.mcp.threads import threads
from apps.mcp.tools import Entry
from apps.mcp.visit import visiting
from apps.mcp.words import Said
from apps.operations.call import Call
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status

Ctx = ServerRequestContext[Any, Any]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Manner(Generic[R]):
    """How a client is answered: what becomes of an outcome, and who can be asked.

    `person` raises `conflict` when the person was asked and did not agree.
    """

    present: Callable[[Entry, Call, Outcome], Awaitable[R]]
    person: Callable[[], Person]


async def said(entry: Entry, call: Call, outcome: Outcome) -> Said:
    """The outcome in words; what is long is put away for later, which may block."""
    if not entry.operation.pure and bulk.is_long(outcome.body()):
        return await threads.run(words.answered, entry, outcome, call.actor)
    return words.answered(entry, outcome, call.actor)


#: For a client that only listens for results.
PLAIN: Final = Manner(said, lambda: NOBODY)


def manner_of(ctx: Ctx, params: types.CallToolRequestParams) -> Manner[HandlerResult | Said]:
    """How the sender of a request is answered: in the richest form it understands."""
    return Manner(partial(answer, ctx), partial(person_of, ctx, params))


def person_of(ctx: Ctx, params: types.CallToolRequestParams) -> Person:
    """What is known of the person behind a request."""
    return Person(elicit.can_ask(ctx), elicit.confirmation_in(params))


async def answer(ctx: Ctx, entry: Entry, call: Call, outcome: Outcome) -> HandlerResult | Said:
    """The answer to `call`, in the richest form its sender understands."""
    if outcome.status is Status.NEEDS_CONFIRMATION and elicit.can_ask(ctx):
        return await _asked(ctx, entry, call, outcome)
    if outcome.status is Status.NEEDS_APPROVAL and elicit.can_ask(ctx):
        # Once it is granted its person is asked again: a confirmation is in nobody's conversation.
        outcome = outcome.model_copy(update={"confirmation": None})
    if outcome.job is not None and declared(ctx):
        task = await threads.run(task_of, call, outcome)
        if task is not None:
            return task
    if outcome.job is not None and wants_progress(ctx):
        job = await follow(ctx, call, outcome.job)
        if job is not None:
            return result_of(job)
    return await said(entry, call, outcome)


async def _asked(ctx: Ctx, entry: Entry, call: Call, outcome: Outcome) -> HandlerResult | Said:
    """The question; in a session its answer is waited for, and the call made with it."""
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return elicit.question(call, outcome)
    await elicit.ask_back(ctx, call, outcome)
    confirmed = replace(call, confirmation=outcome.confirmation)
    return await answer(ctx, entry, confirmed, await threads.run(invoke, confirmed))


def wants_progress(ctx: Ctx) -> bool:
    """Whether the caller listens for words on the way; then it waits for the end as well."""
    asked = ctx.meta is not None and ctx.meta.get("progress_token") is not None
    return asked and accepts_stream(visiting(ctx.request))


def task_of(call: Call, outcome: Outcome) -> dict[str, Any] | None:
    """The accepted job as a task; None when its sender may not look at it later."""
    job = outcome.job and jobs(call.actor).filter(id=outcome.job.id).first()
    return created(job) if job else None
