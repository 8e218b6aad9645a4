"""`subscriptions/listen` through the SDK: what `plain` does not take, told in the same words."""

import asyncio
from collections.abc import Iterable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from pydantic import ConfigDict

from apps.jobs.selectors import jobs
from apps.kernel.errors import Failure
from apps.mcp.calls import INVALID_PARAMS, protocol_error
from apps.mcp.message import Json
from apps.mcp.resources.pages import id_of
from apps.mcp.streams.hub import Ear, hub
from apps.mcp.streams.wanted import PAUSE, TASKS, URIS_MOST, Notice, Wanted, wanted_of
from apps.mcp.tasks.negotiation import declared, missing
from apps.mcp.tasks.shape import detailed
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, visiting
from apps.operations import budgets

Ctx = ServerRequestContext[Any, Any]


class SpokenParams(types.NotificationParams):
    """Parameters as they were put together."""

    model_config = ConfigDict(extra="allow")


class Spoken(types.Notification[SpokenParams, str]):
    """A notification that is words already."""


async def listen(
    ctx: Ctx, params: types.SubscriptionsListenRequestParams
) -> types.SubscriptionsListenResult:
    """Tell what changes, until the caller goes, its rights end, or this process stops.

    Nothing is repeated later: who comes back reads again what it cares for.
    """
    visit, wanted = visiting(ctx.request), _wanted(ctx, params.notifications)
    try:
        await admitted(visit)
        with hub().ear(visit, wanted.heard_of) as ear:
            await hub().begin()
            await _say(ctx, wanted.acknowledged())
            await _tell(ctx, ear, wanted)
    except Failure as failure:
        raise protocol_error(failure, visit) from None
    return types.SubscriptionsListenResult(_meta=wanted.meta)


async def admitted(visit: Visit) -> None:
    """Return when the caller may listen; what an agent listens to counts as one of its calls."""
    if budgets.agent_behind(visit.actor) is not None:
        await threads.run(budgets.spend_agent_read, visit.actor)


async def news(heard: Iterable[str], wanted: Wanted, visit: Visit) -> list[Notice]:
    """What there is to say of what was heard, which is nothing but what was wanted."""
    found: list[Notice] = []
    for uri in heard:
        if uri in wanted.lists:
            found.append(wanted.notice(uri))
        elif uri not in wanted.tasks or uri in wanted.uris:
            found.append(wanted.of_change(uri))
        if uri in wanted.tasks:
            task = await threads.run(_task, visit, wanted.tasks[uri])
            if task is not None:
                found.append(wanted.of_task(task))
    return found


def _wanted(ctx: Ctx, asked: types.SubscriptionFilter) -> Wanted:
    """What is asked for; raises where it is too much, or not said right."""
    said = asked.model_dump(by_alias=True, exclude_none=True)
    tasks = said.get(TASKS) or []
    if tasks and not declared(ctx):
        raise missing()
    if not isinstance(tasks, list) or not all(isinstance(one, str) for one in tasks):
        raise MCPError(INVALID_PARAMS, "taskIds is a list of ids of tasks.")
    assert ctx.request_id is not None
    wanted = wanted_of(ctx.request_id, said)
    if len(wanted.uris) + len(wanted.tasks) > URIS_MOST:
        raise MCPError(INVALID_PARAMS, f"A subscription has {URIS_MOST} addresses at most.")
    return wanted


async def _tell(ctx: Ctx, ear: Ear, wanted: Wanted) -> None:
    while not ear.closing:
        for notice in await news(await ear.listen(), wanted, ear.visit):
            await _say(ctx, notice)
        if not ear.closing:
            await asyncio.sleep(PAUSE)


async def _say(ctx: Ctx, notice: Notice) -> None:
    method, params = notice
    await ctx.session.send_notification(
        Spoken(method=method, params=SpokenParams(**params)),  # type: ignore[arg-type]
        related_request_id=ctx.request_id,
    )


def _task(visit: Visit, task_id: str) -> Json | None:
    job = jobs(visit.actor).filter(id=id_of("job", task_id)).first()
    return detailed(job) if job else None
