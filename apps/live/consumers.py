"""Live events over a WebSocket: Channels accepts and listens, a task of our own writes.

Channels dispatches every message of a consumer through a thread; what is sent from our own task
never enters that path, which keeps the fan-out cheap.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import orjson
import redis
import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from apps.events.closing import group_of
from apps.events.items import Item
from apps.kernel.errors import Code, Failure, invalid
from apps.live import wanted
from apps.live.entrance import Request
from apps.live.seat import Seat, closed, seat_of
from apps.live.words import word

Receive = Callable[[], Awaitable[Any]]

LONGEST_MESSAGE: Final = 16_384
#: Close codes of applications: the thousand of the HTTP status.
CLOSE_CODES: Final = {Code.UNAUTHENTICATED: 4401, Code.FORBIDDEN: 4403, Code.BUSY: 4503}

log = structlog.get_logger(__name__)


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships without types
    """One socket on `/ws/events`.

    In: `{"type": "subscribe", "types": […], "device": …, "job": …, "frames": […]}` and
    `{"type": "ping"}`. Out: events, frames, and the words open, gap, missed, heartbeat, pong,
    error, closed.
    """

    seat: Seat | None = None
    writer: asyncio.Task[None] | None = None
    group: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()
        self.parting: int | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        """Run until the reader goes or the stream is over.

        granian sends no close frame while somebody waits in `receive`, so that wait ends first.
        """

        async def receive_or_over() -> Any:
            works = [asyncio.ensure_future(receive()), asyncio.ensure_future(self.over.wait())]
            try:
                await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                if works[0].done():
                    return works[0].result()
                return {"type": "websocket.disconnect", "code": 1000}
            finally:
                for work in works:
                    work.cancel()

        await super().__call__(scope, receive_or_over, send)

    async def connect(self) -> None:
        """Accept who may listen. A foreign page is refused before the handshake ends."""
        try:
            self.seat = await seat_of(Request.of(self.scope))
        except Failure as failure:
            await self._refuse(failure)
            return
        await self.accept()
        await self._join_group()
        self.writer = asyncio.create_task(self._serve(self.seat))

    async def disconnect(self, code: int) -> None:
        """The reader is gone, or the stream is over: stop writing, leave the fan-out."""
        if self.parting is not None:
            await self.close(self.parting)
        if self.writer is not None:
            self.writer.cancel()
            await asyncio.gather(self.writer, return_exceptions=True)
        if self.group and self.channel_layer is not None:
            with suppress(redis.RedisError, OSError):
                await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A message of the reader."""
        if self.seat is None:
            return
        try:
            self.seat.stream.put(self._answer(self.seat, text_data or ""))
        except Failure as failure:
            self.seat.stream.put(word("error", code=failure.code.value, detail=failure.detail))

    async def live_close(self, message: dict[str, Any]) -> None:
        """Through the channel layer: rights may have gone, look now instead of in a while."""
        if self.seat is None:
            return
        try:
            await self.seat.look()
        except Failure as failure:
            await self._part(failure)

    def _answer(self, seat: Seat, text: str) -> Item:
        message = _parsed(text)
        if message.get("type") == "ping":
            return word("pong")
        if message.get("type") == "subscribe":
            seat.stream.wanted = wanted.read(message)
            return word("subscribed")
        raise invalid("type", "is not known here.", allowed="subscribe, ping")

    async def _serve(self, seat: Seat) -> None:
        try:
            await seat.serve("websocket", self._write)
            self.parting = CLOSE_CODES[Code.UNAUTHENTICATED]
        except OSError:
            return  # the reader is gone, which is how streams end
        except Failure as failure:
            await self._part(failure)
        finally:
            self.over.set()

    async def _part(self, failure: Failure) -> None:
        await self._write([closed(failure)])
        self.parting = CLOSE_CODES.get(failure.code, 4500)
        self.over.set()

    async def _write(self, batch: list[Item]) -> None:
        for item in batch:
            try:
                await self.base_send({"type": "websocket.send", "text": item.text})
            except RuntimeError as error:
                # granian's word for a reader that is gone; uvicorn raises an OSError.
                raise ConnectionError(str(error)) from None

    async def _refuse(self, failure: Failure) -> None:
        if failure.code is not Code.UNAUTHENTICATED:
            await self.close()
            return
        # Accepted first, because a browser sees no reason of a refused handshake.
        await self.accept()
        await self._write([closed(failure)])
        await self.close(CLOSE_CODES[failure.code])

    async def _join_group(self) -> None:
        if self.channel_layer is None or self.seat is None:
            return
        self.group = group_of(self.seat.stream.actor.id)
        try:
            await self.channel_layer.group_add(self.group, self.channel_name)
        except (redis.RedisError, OSError) as error:
            log.warning("closing messages will not be heard", error=str(error))


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_MESSAGE:
        raise Failure(Code.TOO_LARGE, f"A message has at most {LONGEST_MESSAGE} characters.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Failure(Code.MALFORMED, "This message is not JSON.") from None
    if not isinstance(message, dict):
        raise Failure(Code.MALFORMED, "A message is a JSON object with a type.")
    return message
