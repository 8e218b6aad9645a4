"""`subscriptions/listen`: one request whose answer is a stream of what is worth reading again."""

import asyncio
from typing import Any, Final, Literal

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
    event_to_notification,
)
from pydantic import ConfigDict

from apps.jobs.selectors import jobs
from apps.kernel.errors import Failure
from apps.mcp.calls import INVALID_PARAMS, protocol_error
from apps.mcp.resources.pages import id_of
from apps.mcp.streams.hub import RIGHTS, Ear, hub
from apps.mcp.streams.uris import job_uri
from apps.mcp.tasks.negotiation import declared, missing
from apps.mcp.tasks.shape import detailed
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, visiting
from apps.operations import budgets

Ctx = ServerRequestContext[Any, Any]

#: Addresses of one subscription.
URIS_MOST: Final = 1_000
#: Seconds between two notices of one stream: a frame ten times a second is one notice a second.
PAUSE: Final = 1.0


class TaskChangedParams(types.NotificationParams):
    """A task as `tasks/get` gives it."""

    model_config = ConfigDict(extra="allow")


class TaskChanged(types.Notification[TaskChangedParams, Literal["notifications/tasks"]]):
    """A task stands otherwise than before."""

    method: Literal["notifications/tasks"] = "notifications/tasks"


async def listen(
    ctx: Ctx, params: types.SubscriptionsListenRequestParams
) -> types.SubscriptionsListenResult:
    """Tell what changes, until the caller goes, its rights end, or this process stops.

    Nothing is repeated later: who comes back reads again what it cares for.
    """
    visit = visiting(ctx.request)
    wanted = params.notifications
    tasks = _tasks_of(ctx, wanted)
    uris = list(wanted.resource_subscriptions or ())
    if len(uris) + len(tasks) > URIS_MOST:
        raise MCPError(INVALID_PARAMS, f"A subscription has {URIS_MOST} addresses at most.")
    try:
        await threads.run(budgets.spend_agent_read, visit.actor)
        with hub().ear(visit, (*uris, *map(job_uri, tasks))) as ear:
            await hub().begin()
            stream = Stream(ctx, ear, wanted, tasks)
            await stream.acknowledge()
            await stream.tell()
    except Failure as failure:
        raise protocol_error(failure, visit) from None
    return types.SubscriptionsListenResult(_meta=stream.meta)


def _tasks_of(ctx: Ctx, wanted: types.SubscriptionFilter) -> list[str]:
    """The tasks that are asked for, under the key that the Tasks extension adds."""
    named = (wanted.model_extra or {}).get("taskIds") or []
    if not named:
        return []
    if not declared(ctx):
        raise missing()
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise MCPError(INVALID_PARAMS, "taskIds is a list of ids of tasks.")
    return named


class Stream:
    """What one subscription is told."""

    def __init__(
        self, ctx: Ctx, ear: Ear, wanted: types.SubscriptionFilter, tasks: list[str]
    ) -> None:
        self.meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        self._ctx, self._ear, self._wanted = ctx, ear, wanted
        self._tasks = {job_uri(one): one for one in tasks}

    async def acknowledge(self) -> None:
        """The first word: what will be told."""
        wanted = self._wanted
        honoured = types.SubscriptionFilter(
            tools_list_changed=wanted.tools_list_changed or None,
            resources_list_changed=wanted.resources_list_changed or None,
            resource_subscriptions=wanted.resource_subscriptions or None,
            **({"taskIds": list(self._tasks.values())} if self._tasks else {}),
        )
        params = types.SubscriptionsAcknowledgedNotificationParams(
            notifications=honoured, _meta=self.meta
        )
        await self._send(types.SubscriptionsAcknowledgedNotification(params=params))

    async def tell(self) -> None:
        """Tell what is heard, until the process stops."""
        while not self._ear.closing:
            for uri in await self._ear.listen():
                await self._tell_of(uri)
            if not self._ear.closing:
                await asyncio.sleep(PAUSE)

    async def _tell_of(self, uri: str) -> None:
        if uri == RIGHTS:
            await self._tell_of_lists()
        if uri in (self._wanted.resource_subscriptions or ()):
            await self._send(event_to_notification(ResourceUpdated(uri), self.meta))
        if uri in self._tasks:
            found = await threads.run(_task, self._ear.visit, self._tasks[uri])
            if found is not None:
                params = TaskChangedParams(**found, _meta=self.meta)
                await self._send(TaskChanged(params=params))

    async def _tell_of_lists(self) -> None:
        """Lists depend on rights alone here: other rights, other lists."""
        events: list[tuple[bool | None, ServerEvent]] = [
            (self._wanted.tools_list_changed, ToolsListChanged()),
            (self._wanted.resources_list_changed, ResourcesListChanged()),
        ]
        for wanted, event in events:
            if wanted:
                await self._send(event_to_notification(event, self.meta))

    async def _send(self, notification: types.ServerNotification | TaskChanged) -> None:
        await self._ctx.session.send_notification(
            notification,  # type: ignore[arg-type]  # an extension has notifications of its own
            related_request_id=self._ctx.request_id,
        )


def _task(visit: Visit, task_id: str) -> dict[str, Any] | None:
    job = jobs(visit.actor).filter(id=id_of("job", task_id)).first()
    return detailed(job) if job else None
