"""What a subscription asked for, and the words in which it is told."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

from apps.mcp.message import Json
from apps.mcp.streams.uris import job_uri

#: Addresses of one subscription.
URIS_MOST: Final = 1_000
#: Seconds between two notices of one stream: a frame ten times a second is one notice a second.
PAUSE: Final = 1.0

#: Which member of the filter asks for which notice: lists depend on rights alone here, so other
#: rights are other lists.
LISTS: Final = {
    "toolsListChanged": "notifications/tools/list_changed",
    "resourcesListChanged": "notifications/resources/list_changed",
    "promptsListChanged": "notifications/prompts/list_changed",
}
URIS: Final = "resourceSubscriptions"
#: The key that the Tasks extension adds.
TASKS: Final = "taskIds"

#: A notification: its method and its parameters.
Notice = tuple[str, Json]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the request `number` asked to be told of: addresses, tasks by the address of their
    job, and changes of lists by the notice that tells of them."""

    number: int | str
    uris: tuple[str, ...]
    tasks: dict[str, str]
    lists: tuple[str, ...]

    @property
    def heard_of(self) -> tuple[str, ...]:
        """All that an ear has to wait for."""
        return (*self.uris, *self.tasks, *self.lists)

    @property
    def meta(self) -> Json:
        """What ties a message to the subscription."""
        return {SUBSCRIPTION_ID_META_KEY: self.number}

    def acknowledged(self) -> Notice:
        """The first word: what will be told."""
        told: Json = {name: True for name, notice in LISTS.items() if notice in self.lists}
        if self.uris:
            told[URIS] = list(self.uris)
        if self.tasks:
            told[TASKS] = list(self.tasks.values())
        return self.notice("notifications/subscriptions/acknowledged", notifications=told)

    def notice(self, method: str, **params: Any) -> Notice:
        """A word of this subscription."""
        return method, {**params, "_meta": self.meta}

    def of_change(self, uri: str) -> Notice:
        """Something is new behind `uri`."""
        return self.notice("notifications/resources/updated", uri=uri)

    def of_task(self, task: Json) -> Notice:
        """A task stands otherwise than before."""
        return self.notice("notifications/tasks", **task)


def wanted_of(number: int | str, asked: Json) -> Wanted:
    """The filter of a request, whose form is known to be right."""
    return Wanted(
        number,
        tuple(asked.get(URIS) or ()),
        {job_uri(one): one for one in asked.get(TASKS) or ()},
        tuple(notice for name, notice in LISTS.items() if asked.get(name)),
    )


def is_filter(asked: object, *, with_tasks: bool) -> bool:
    """Whether `asked` is beyond doubt a filter that is honoured whole."""
    if not isinstance(asked, dict) or not asked.keys() <= {*LISTS, URIS, TASKS}:
        return False
    uris, tasks = asked.get(URIS, []), asked.get(TASKS, [])
    return (
        all(type(asked.get(name, False)) is bool for name in LISTS)
        and _are_texts(uris)
        and _are_texts(tasks)
        and (with_tasks or not tasks)
        and len(uris) + len(tasks) <= URIS_MOST
    )


def _are_texts(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(one, str) for one in said)


def framed(message: Json) -> bytes:
    """A message as one event of a stream."""
    return b"event: message\r\ndata: %b\r\n\r\n" % orjson.dumps({"jsonrpc": "2.0", **message})


def framed_notice(notice: Notice) -> bytes:
    """A notification as one event of a stream."""
    method, params = notice
    return framed({"method": method, "params": params})
