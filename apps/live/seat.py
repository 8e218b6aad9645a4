"""One reader's stay: it joins, catches up, is handed batches, and leaves when its rights end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import redis
import structlog
from django.db import DatabaseError, InterfaceError

from apps.events.envelope import Position
from apps.events.fanout import fanout
from apps.events.items import Item
from apps.events.work import in_thread
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.live.entrance import Request, holder_of, position_of, require_place, wanted_by
from apps.live.holder import Holder
from apps.live.metrics import CLIENTS, GAPS
from apps.live.resume import catch_up
from apps.live.stream import Stream, is_after
from apps.live.words import word
from apps.operations import budgets

Send = Callable[[list[Item]], Awaitable[None]]

HEARTBEAT: Final = 15.0
#: With the memory of a verdict (2 s) this keeps a revoked key's stream below five seconds.
LOOK_AGAIN: Final = 2.5
LAST_WORD: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Seat:
    """What one reader has: a holder, a stream, perhaps a position to resume at."""

    holder: Holder
    stream: Stream
    resume: Position | None

    async def serve(self, kind: str, send: Send, *others: Coroutine[Any, Any, None]) -> None:
        """Send until the reader goes, its rights end, or one of `others` ends."""
        CLIENTS.labels(kind).inc()
        try:
            await first_of(self._write(send), self._watch(send), *others)
        finally:
            fanout().leave(self.stream)
            CLIENTS.labels(kind).dec()

    async def _write(self, send: Send) -> None:
        async for batch in self._batches():
            if batch:
                await send(batch)

    async def _batches(self) -> AsyncIterator[list[Item]]:
        start = await fanout().join(self.stream)
        resume = self.resume or start
        self.stream.begin(resume if is_after(resume, start) else start)
        yield [word("open", position=resume, heartbeat=HEARTBEAT)]
        if is_after(start, resume):
            async for batch in catch_up(self.stream, resume, start):
                yield batch
        while True:
            batch = await self.stream.take(HEARTBEAT)
            if batch and batch[0].type == "gap":
                GAPS.inc()
            yield batch or [word("heartbeat")]

    async def _watch(self, send: Send) -> None:
        """Ends when the rights do; the reader is told why if it still listens."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self.look()
            except Failure as failure:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LAST_WORD):
                        await send([closed(failure)])
                return

    async def look(self) -> None:
        """Take over the rights as they are now; raises `Failure` when there are none."""
        try:
            self.stream.actor = await in_thread(self.holder.actor)
        except (DatabaseError, InterfaceError) as error:
            # Nothing can be read either, so nothing leaks while the database is away.
            log.warning("rights not looked up", error=str(error))


async def seat_of(request: Request) -> Seat:
    """Check place, credential, filters and position; raises the `Failure` of the first wrong."""
    require_place(request)
    wanted, resume = wanted_by(request), position_of(request)
    try:
        holder, actor = await in_thread(_identify, request)
    except (DatabaseError, InterfaceError, redis.RedisError) as error:
        log.warning("nobody could be identified", error=str(error))
        raise Failure(Code.BUSY, "Who you are cannot be looked up now.", retry_after=2) from None
    return Seat(holder, Stream(actor, wanted), resume)


def _identify(request: Request) -> tuple[Holder, Actor]:
    holder = holder_of(request)
    actor = holder.actor()
    budgets.spend_agent_read(actor)
    return holder, actor


def closed(failure: Failure) -> Item:
    """The last word of a stream."""
    return word("closed", code=failure.code.value, detail=failure.detail)


async def first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Run all, until the first ends; the others are cancelled. Raises what the first raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
