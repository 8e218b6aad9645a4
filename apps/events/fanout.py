"""One reader of events and telemetry per web process, handing each to every listener at once."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final, Protocol
from weakref import WeakKeyDictionary

import redis.asyncio
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from apps.events import reader
from apps.events.envelope import Position
from apps.events.frames import FRAMES_CHANNEL, decode, each
from apps.events.items import Item, event_item, frame_item
from apps.events.publish import HINT_CHANNEL
from apps.events.work import in_thread
from apps.kernel.errors import Code, Failure

READ_AT_LEAST: Final = 1.0
#: Hints that come closer together than this share one read of the table.
READ_AT_MOST: Final = 0.02
BACK_OFF: Final = 0.5
PAGE: Final = 500
MOST_LISTENERS: Final = 2_000

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """What is handed every event and frame, on the loop it joined on."""

    def offer(self, item: Item) -> None:
        """Take it or leave it, at once."""


class Fanout:
    """Runs while somebody listens: begins with the first, rests after the last.

    The table is read once a hint and at least once a second, so a Valkey that is away costs
    latency and no event. Everything but the reads happens on one event loop.
    """

    def __init__(self, most: int = MOST_LISTENERS) -> None:
        self._most = most
        self._listeners: set[Listener] = set()
        self._position: Position | None = None
        self._begun = asyncio.Event()
        self._hinted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, listener: Listener) -> Position:
        """Start handing events to `listener`; the position after which it gets all of them."""
        if listener not in self._listeners and len(self._listeners) >= self._most:
            raise Failure(Code.BUSY, "This process has no more streams to give.", retry_after=5)
        self._listeners.add(listener)
        self._start()
        try:
            await self._begun.wait()
        except asyncio.CancelledError:
            self.leave(listener)
            raise
        if self._position is None:
            raise RuntimeError("the fan-out has begun without a position")
        return self._position

    def leave(self, listener: Listener) -> None:
        """Stop handing events to `listener`."""
        self._listeners.discard(listener)
        if not self._listeners:
            self._rest()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [self._task(self._read()), self._task(self._listen())]

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that ended by a mistake is started again; its position is kept."""
        if task.cancelled() or task not in self._tasks:
            return
        log.error("fan-out ended", exc_info=task.exception())
        for other in self._tasks:
            other.cancel()
        self._tasks = []
        if self._listeners:
            asyncio.get_running_loop().call_later(BACK_OFF, self._again)

    def _again(self) -> None:
        if self._listeners:
            self._start()

    def _rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._position = None
        self._begun.clear()

    # -- events

    async def _read(self) -> None:
        while True:
            try:
                await self._read_page()
            except (DatabaseError, InterfaceError) as error:
                log.warning("outbox not read", error=str(error))
                await asyncio.sleep(BACK_OFF)

    async def _read_page(self) -> None:
        if self._position is None:
            self._position = await in_thread(reader.end)
            self._begun.set()
        page = await in_thread(reader.after, self._position, PAGE)
        for envelope in page:
            self._position = envelope.position
            self._hand(event_item(envelope))
        if len(page) < PAGE:
            await self._wait_for_hint()

    async def _wait_for_hint(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_AT_LEAST):
                await self._hinted.wait()
        await asyncio.sleep(READ_AT_MOST)
        self._hinted.clear()

    def _hand(self, item: Item) -> None:
        for listener in self._listeners:
            listener.offer(item)

    # -- hints and frames

    async def _listen(self) -> None:
        url = settings.CONFIG.redis_url.get_secret_value()
        while not _cancelled():
            client = redis.asyncio.Redis.from_url(url, health_check_interval=10)
            try:
                await self._subscribe(client)
            except (redis.RedisError, OSError) as error:
                log.warning("hints not heard", error=str(error))
                await asyncio.sleep(BACK_OFF)
            finally:
                with suppress(redis.RedisError, OSError):
                    await client.aclose()

    async def _subscribe(self, client: "redis.asyncio.Redis") -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(HINT_CHANNEL, FRAMES_CHANNEL)
            self._hinted.set()
            while not _cancelled():
                message = await channel.get_message(timeout=READ_AT_LEAST)
                if message is not None and not _cancelled():
                    self._heard(message["channel"], message["data"])

    def _heard(self, channel: bytes, data: bytes) -> None:
        if channel == HINT_CHANNEL.encode():
            self._hinted.set()
            return
        for frame in each(data):
            try:
                self._hand(frame_item(decode(frame)))
            except ValueError as error:
                log.warning("telemetry frame not understood", error=str(error))


def _cancelled() -> bool:
    """Whether this task was told to end: redis-py swallows a cancellation while it connects."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


_fanouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Fanout] = WeakKeyDictionary()


def fanout() -> Fanout:
    """The fan-out of the running loop: one a web process."""
    loop = asyncio.get_running_loop()
    return _fanouts.setdefault(loop, Fanout())
