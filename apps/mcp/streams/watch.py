"""Rights of those who hold a stream open: looked at again every few seconds, once a credential."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import structlog

from apps.accounts.authenticate import ACCEPTED, Credential, authenticate
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.mcp.entry import credential_of
from apps.mcp.streams.hub import hub
from apps.mcp.threads import threads
from apps.mcp.visit import Visit
from apps.operations import budgets

#: With the memory of a verdict (2 s) this keeps a revoked credential's stream below five seconds.
LOOK_AGAIN: Final = 2.5

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Watched:
    """One open request: whose it is, and how to end it."""

    visit: Visit
    credential: Credential
    end: Callable[[], object]

    def close(self) -> None:
        """End it from this side."""
        self.visit.ended = True
        self.end()


class Watch:
    """Looks while anything is open. Belongs to one event loop.

    Ten thousand streams of one credential are one look.
    """

    def __init__(self) -> None:
        self._open: dict[Credential, set[Watched]] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def over(self, visit: Visit) -> AsyncIterator[None]:
        """Keep `visit.actor` as its rights are; when they end, the block is cancelled, and the
        stream ends there. Raises `unauthenticated` where nothing was sent yet."""
        credential = credential_of(visit)
        task = asyncio.current_task()
        if credential is None or task is None:
            yield
            return
        watched = Watched(visit, credential, task.cancel)
        self._open.setdefault(credential, set()).add(watched)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            yield
        except asyncio.CancelledError:
            if not visit.ended:
                raise
            task.uncancel()
            await _say_end(visit)
        finally:
            self._forget(watched)

    def _forget(self, watched: Watched) -> None:
        others = self._open[watched.credential]
        others.discard(watched)
        if not others:
            del self._open[watched.credential]

    async def _look(self) -> None:
        while self._open:
            await asyncio.sleep(LOOK_AGAIN)
            for credential in list(self._open):
                await self._look_at(credential)

    async def _look_at(self, credential: Credential) -> None:
        try:
            actor = await threads.run(running, credential)
        except Failure as failure:
            if failure.code not in (Code.UNAUTHENTICATED, Code.FORBIDDEN):
                # Nothing can be read either, so nothing leaks while the database is away.
                log.warning("rights not looked up", error=failure.detail)
                return
            for watched in list(self._open.get(credential, ())):
                watched.close()
            return
        changed = []
        for watched in self._open.get(credential, ()):
            visit = watched.visit
            if visit.actor is not actor and visit.actor != actor:
                changed.append(visit)
            visit.actor = actor
        if changed:
            hub().rights_changed(changed)


def running(credential: Credential) -> Actor:
    """Whose credential it is now; raises `unauthenticated`, or `forbidden` for a stopped agent."""
    actor = authenticate(credential)
    budgets.require_running(actor)
    return actor


async def _say_end(visit: Visit) -> None:
    if not visit.status:
        raise Failure(Code.UNAUTHENTICATED, f"Your rights have ended. {ACCEPTED}")
    with suppress(OSError):
        await visit.send({"type": "http.response.body", "body": b"", "more_body": False})


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The watch of the running loop."""
    return _watches.setdefault(asyncio.get_running_loop(), Watch())
