"""`subscriptions/listen` without the SDK: a stream that is silent costs memory and nothing else."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import SERVER_INFO_META_KEY
from starlette.types import Receive

from apps.kernel.errors import Failure
from apps.mcp import replies
from apps.mcp.calls import protocol_error
from apps.mcp.message import Message
from apps.mcp.mishaps import noted
from apps.mcp.server import IDENTITY
from apps.mcp.streams.hub import hub
from apps.mcp.streams.later import Later
from apps.mcp.streams.listening import admitted, news
from apps.mcp.streams.wanted import PAUSE, Wanted, framed, framed_notice, wanted_of
from apps.mcp.visit import Visit

#: Seconds of silence after which a proxy on the way is shown that somebody is here.
PING: Final = 15.0
_PING: Final = b": ping\r\n\r\n"
_HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)

log = structlog.get_logger(__name__)


async def listen(visit: Visit, message: Message, receive: Receive) -> None:
    """Tell what changes, until the caller goes, its rights end, or this process stops.

    `message` is in order, and its body has been read.
    """
    number = message.data["id"]
    stream = Stream(visit, wanted_of(number, message.params["notifications"]))
    try:
        with noted(visit):
            await _open(stream)
        await stream.begin()
        await _until_over(stream, receive)
    except MCPError as error:
        status = ERROR_CODE_HTTP_STATUS.get(error.code, 200)
        said = error.error.model_dump(mode="json", exclude_none=True)
        await replies.error(visit, status, said, number=number)
    finally:
        stream.rest()


async def _open(stream: "Stream") -> None:
    try:
        await admitted(stream.visit)
        hub().add(stream)
        await hub().begin()
    except Failure as failure:
        raise protocol_error(failure, stream.visit) from None


async def _until_over(stream: "Stream", receive: Receive) -> None:
    """Return when the caller has gone away, or was told that this process stops."""
    try:
        while not stream.closing and (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        if not stream.closing:
            raise
    if stream.closing:
        await stream.farewell()


class Stream:
    """What one subscription is told. It has no task but the request's own while it is silent."""

    __slots__ = (
        "_begun",
        "_heard",
        "_rota",
        "_task",
        "_wanted",
        "_word",
        "closing",
        "uris",
        "visit",
    )

    def __init__(self, visit: Visit, wanted: Wanted) -> None:
        self.visit = visit
        self.uris = frozenset(wanted.heard_of)
        self.closing = False
        self._wanted = wanted
        self._heard: dict[str, None] = {}
        self._begun = False
        self._word: asyncio.Task[None] | None = None
        self._task = asyncio.current_task()
        self._rota = rota()

    @property
    def has_news(self) -> bool:
        """Whether something was heard that is not told yet."""
        return bool(self._heard)

    def hear(self, uri: str) -> None:
        """Something is new behind `uri`."""
        self._heard[uri] = None
        if self._begun:
            self._rota.heard(self)

    def close(self) -> None:
        """This process stops: say farewell and end."""
        self.closing = True
        if self._begun and self._task is not None:
            self._task.cancel()

    async def begin(self) -> None:
        """Say what will be told."""
        start = {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)}
        await self.visit.send(start)
        await self._send(framed_notice(self._wanted.acknowledged()))
        self._begun = True
        self._rota.begun(self)

    def tell(self) -> None:
        """Begin to tell what was heard. A reader that still takes the last word waits."""
        if self._word is None:
            self._say(self._told())

    def ping(self) -> None:
        """Begin to show that somebody is here."""
        if self._word is None:
            self._say(self._send(_PING))

    async def farewell(self) -> None:
        """The last word, when the one before it is said."""
        if self._task is not None:
            self._task.uncancel()
        if self._word is not None:
            await asyncio.wait({self._word})
        meta = {**self._wanted.meta, SERVER_INFO_META_KEY: IDENTITY}
        result = {"resultType": "complete", "_meta": meta}
        await self._send(framed({"id": self._wanted.number, "result": result}), more=False)

    def rest(self) -> None:
        """Hear nothing more, and say nothing more."""
        hub().remove(self)
        self._rota.forget(self)
        if self._word is not None:
            self._word.cancel()

    def _say(self, word: Coroutine[Any, Any, None]) -> None:
        self._word = asyncio.create_task(word)
        self._word.add_done_callback(self._said)

    def _said(self, word: asyncio.Task[None]) -> None:
        self._word = None
        if word.cancelled():
            return
        if (error := word.exception()) is not None:
            log.error("subscription not told", exc_info=error)
        elif self._heard:
            self._rota.heard(self)

    async def _told(self) -> None:
        heard, self._heard = self._heard, {}
        notices = await news(heard, self._wanted, self.visit)
        await self._send(b"".join(map(framed_notice, notices)))

    async def _send(self, body: bytes, *, more: bool = True) -> None:
        try:
            await self.visit.reply({"type": "http.response.body", "body": body, "more_body": more})
        except (OSError, RuntimeError):
            # The reader is gone, in the words of uvicorn and of granian; `receive` tells it, too.
            return


class Rota:
    """When which stream speaks: at once, then not before a pause is over. Belongs to one loop."""

    def __init__(self) -> None:
        self._due = Later(0.0, self._tell)
        self._paused = Later(PAUSE, self._again)
        self._silent = Later(PING, self._ping)

    def begun(self, stream: Stream) -> None:
        """A stream has said its first word."""
        self._silent.put(stream)
        if stream.has_news:
            self.heard(stream)

    def heard(self, stream: Stream) -> None:
        """A stream has something to tell."""
        if stream not in self._paused:
            self._due.put(stream)

    def forget(self, stream: Stream) -> None:
        """A stream has ended."""
        for later in (self._due, self._paused, self._silent):
            later.drop(stream)

    def _tell(self, stream: Stream) -> None:
        self._paused.put(stream)
        self._silent.put(stream)
        stream.tell()

    def _again(self, stream: Stream) -> None:
        if stream.has_news:
            self._tell(stream)

    def _ping(self, stream: Stream) -> None:
        self._silent.put(stream)
        stream.ping()


_rotas: WeakKeyDictionary[asyncio.AbstractEventLoop, Rota] = WeakKeyDictionary()


def rota() -> Rota:
    """The rota of the running loop."""
    loop = asyncio.get_running_loop()
    found = _rotas.get(loop)
    if found is None:
        found = _rotas[loop] = Rota()
    return found
