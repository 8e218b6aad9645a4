"""A call that waits for its job: what the job says goes to the caller, whoever works on it."""

import asyncio
from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from apps.jobs.models import Job
from apps.jobs.selectors import job_get
from apps.jobs.transitions import FINAL
from apps.kernel import clock
from apps.kernel.errors import Failure
from apps.mcp.streams.hub import Ear, hub
from apps.mcp.streams.uris import job_uri
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, visiting
from apps.operations.call import Call
from apps.operations.door import invoke
from apps.operations.outcome import JobLink

Ctx = ServerRequestContext[Any, Any]

#: Seconds a call waits for its job; after them it answers with where to look.
LONGEST: Final = 600.0
#: Seconds after which the row is looked at although nothing was heard.
LOOK_AGAIN: Final = 5.0
#: Progress has to grow with every word; a new sentence at the same place grows by this.
LEAST: Final = 0.001

_cancelling: set[asyncio.Task[object]] = set()


async def follow(ctx: Ctx, call: Call, link: JobLink) -> Job | None:
    """The job when it is over; None when the caller has to look later (too long, or this process
    stops). A caller that goes away before has the job stopped at its next safe point."""
    visit = visiting(ctx.request)
    try:
        with hub().ear(visit, (job_uri(link.id),)) as ear:
            await hub().begin()
            return await _until_over(ctx, ear, link)
    except asyncio.CancelledError:
        if not visit.ended and _means_stop(ctx, visit):
            _stop(call, link)
        raise


async def _until_over(ctx: Ctx, ear: Ear, link: JobLink) -> Job | None:
    until, told = clock.monotonic() + LONGEST, Told(ctx)
    while not ear.closing and clock.monotonic() < until:
        job = await _looked(ear.visit, link)
        if job is None:
            return None
        await told.tell(job)
        if job.state in FINAL:
            return job
        await ear.listen(LOOK_AGAIN)
    return None


async def _looked(visit: Visit, link: JobLink) -> Job | None:
    """The row as it is now; None when it may not be seen (any more)."""
    try:
        return await threads.run(job_get, visit.actor, link.id)
    except Failure:
        return None


class Told:
    """What a caller was told of a job's progress."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self._last = -1.0
        self._words = ("", 0, 0)

    async def tell(self, job: Job) -> None:
        """Say how far the job is, if that is news."""
        words = (job.sentence, job.done, job.total)
        if words == self._words or not job.sentence:
            return
        self._words = words
        self._last = max(float(job.done), self._last + LEAST)
        total = float(job.total) if job.total else None
        await self._ctx.session.report_progress(self._last, total, job.sentence)


def _means_stop(ctx: Ctx, visit: Visit) -> bool:
    """Whether going away is a wish: in the new era it is; in a session the wish is a message;
    without one it is an accident."""
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or visit.lives


def _stop(call: Call, link: JobLink) -> None:
    """Have the job stopped by a task of its own: the one that notices is being cancelled."""
    wish = Call(
        operation="jobs.job.cancel",
        input={"job": link.id},
        actor=call.actor,
        face=call.face,
        reason="The caller closed its stream.",
        request_id=call.request_id,
        trace_id=call.trace_id,
        client=call.client,
        address=call.address,
    )
    task: asyncio.Task[object] = asyncio.create_task(_wished(wish))
    _cancelling.add(task)
    task.add_done_callback(_cancelling.discard)


async def _wished(wish: Call) -> None:
    try:
        await threads.run(invoke, wish)
    except Failure:
        return  # it is over, or is no longer theirs: nothing is left to stop
