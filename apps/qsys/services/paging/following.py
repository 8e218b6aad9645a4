"""What a Core tells of pages on one connection: kept in Valkey for the job that follows them.

A Core tells the states of a page to the connection that submitted it. The job's steps run in
any process, so this connection writes down what it hears and the steps read it.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakKeyDictionary

import msgspec
import redis
import structlog

from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey, valkey_here
from apps.qsys.client import (
    PageRequest,
    PageStatus,
    Paging,
    QsysSession,
    QsysUnreachable,
    ZoneStatus,
)
from apps.qsys.client.paging import PAGE_PUSH, ZONE_PUSH

#: Seconds that what was heard is kept for a job that does not come.
KEPT: Final = 3_600
#: States of one page that are kept at most; countdowns tell one a second.
HEARD_MOST: Final = 1_000
#: Seconds within which a Core answers a page; then what it pushed says whether it took it.
ANSWER: Final = 4.0

log = structlog.get_logger(__name__)


class Follower:
    """Hears one connection. Lives on the loop of its session; `line` names the connection.

    It holds no session, so that it goes when its session goes.
    """

    def __init__(self, qrc: QsysSession) -> None:
        self.line = new_id().hex
        self._told: deque[PageStatus] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._seen: set[int] = set()
        self._looks: list[dict[int, ZoneStatus]] = []
        self._submitting = asyncio.Lock()
        qrc.listen(PAGE_PUSH, PageStatus, self._page)
        qrc.listen(ZONE_PUSH, ZoneStatus, self._zone)

    async def submit(self, qrc: QsysSession, page: PageRequest, *, within: float) -> int:
        """Hand a page in; the Core's number of it.

        Where the answer is lost but the Core tells of one page that it had not told of before,
        that is it: one page at a time is handed in on a connection.
        """
        async with self._submitting:
            known = set(self._seen)
            try:
                return await Paging(qrc).submit(page, timeout=min(ANSWER, within))
            except QsysUnreachable as error:
                new = self._seen - known
                if not error.sent or len(new) != 1:
                    raise
                return new.pop()

    async def zones(self, qrc: QsysSession) -> dict[int, ZoneStatus] | None:
        """Every zone as it is now, by number; None from a Core that tells of none."""
        with self._looking() as found:
            await Paging(qrc).watch_zones()
        return found or None

    async def written(self) -> None:
        """Wait until all that was heard is written down."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    @contextmanager
    def _looking(self) -> Iterator[dict[int, ZoneStatus]]:
        found: dict[int, ZoneStatus] = {}
        self._looks.append(found)
        try:
            yield found
        finally:
            self._looks.remove(found)

    def _zone(self, status: ZoneStatus) -> None:
        for found in self._looks:
            found[status.zone] = status

    def _page(self, status: PageStatus) -> None:
        self._seen.add(status.page_id)
        self._told.append(status)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        client = valkey_here()
        while self._told:
            status = self._told.popleft()
            key = _key(self.line, status.page_id)
            try:
                async with client.pipeline(transaction=False) as pipe:
                    pipe.rpush(key, msgspec.json.encode(status))
                    pipe.ltrim(key, -HEARD_MOST, -1)
                    pipe.expire(key, KEPT)
                    await pipe.execute()
            except redis.RedisError as error:
                # The zones tell the job how far the page is.
                log.warning("page state not kept", page=status.page_id, error=str(error))


_followers: WeakKeyDictionary[QsysSession, Follower] = WeakKeyDictionary()


def follower_of(qrc: QsysSession) -> Follower:
    """The one follower of a session; called on its loop."""
    found = _followers.get(qrc)
    if found is None:
        found = _followers[qrc] = Follower(qrc)
    return found


def heard(line: str, number: int) -> list[PageStatus]:
    """What was heard of a page since the last time somebody asked, in order."""
    taken = valkey().lpop(_key(line, number), HEARD_MOST) if line else None
    rows = taken if isinstance(taken, list) else []
    return [msgspec.json.decode(one, type=PageStatus) for one in rows]


def _key(line: str, number: int) -> str:
    return f"qsys:page:{line}:{number}"
