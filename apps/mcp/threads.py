"""Threads for what blocks: the operations' door and the database, off the event loop."""

import contextvars
import threading
from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from apps.kernel import clock
from apps.kernel.errors import Code, Failure

P = ParamSpec("P")
T = TypeVar("T")

#: Threads of a process; each may hold one database connection.
THREADS: Final = 16
#: Units in work or waiting; more are told to come again.
UNITS_MOST: Final = 128
#: Seconds for which a connection that answered is taken to do so still.
TRUSTED: Final = 5.0

log = structlog.get_logger(__name__)


class Threads:
    """A bounded pool, made when first needed (after any fork) and closed with the server.

    Not `sync_to_async`: that would put every call of a connection on one shared thread.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._units = 0

    async def run(self, unit: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `unit`; raises what it raises, or `busy`: too much waits, or the
        database is away."""
        if self._units >= UNITS_MOST:
            raise Failure(Code.BUSY, "Too many calls wait for a thread.", retry_after=1)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mcp")
        context = contextvars.copy_context()
        self._units += 1
        try:
            return await get_running_loop().run_in_executor(
                self._pool, lambda: context.run(_unit, lambda: unit(*args, **kwargs))
            )
        finally:
            self._units -= 1

    def close(self, *, wait: bool = False) -> None:
        """Take no more work and let idle threads end; `wait` until all have."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=True)


def _unit(work: Callable[[], T]) -> T:
    _doubt_connections()
    try:
        return work()
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", error=str(error))
        raise Failure(Code.BUSY, "The database is not answering.", retry_after=2) from None
    finally:
        _drop_broken()


def _doubt_connections() -> None:
    """Have this thread's connections asked whether they live, now and then.

    Asking before each unit would cost every call a second query; in between, a connection that
    was lost makes one call `busy`.
    """
    now = clock.monotonic()
    if now >= getattr(_thread, "trusted_until", 0.0):
        close_old_connections()
        _thread.trusted_until = now + TRUSTED


def _drop_broken() -> None:
    """Close what failed, or is older than the settings want a connection to be."""
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred or connection.close_at is not None:
            connection.close_if_unusable_or_obsolete()


_thread: Final = threading.local()
threads: Final = Threads()
