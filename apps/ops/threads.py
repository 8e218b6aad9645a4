"""Blocking work of the plain endpoints: a few threads of our own, one run for all who wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, Generic, TypeVar

from django.db import close_old_connections

from apps.kernel import clock

T = TypeVar("T")

_POOL: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="ops")


def _unit(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


async def run(work: Callable[[], T]) -> T:
    """`work` in a thread, with fresh database connections."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, _unit, work)


class Shared(Generic[T]):
    """A value that costs something: computed once for all who ask at the same time, then kept.

    A probe that hangs (a store that swallows packets) takes one thread, however often it is
    asked for.
    """

    def __init__(self, compute: Callable[[], T], *, keep_seconds: float) -> None:
        self._compute = compute
        self._keep = keep_seconds
        self._lock = Lock()
        self._running: Future[T] | None = None
        self._value: T | None = None
        self._until = float("-inf")

    async def get(self, timeout: float) -> T:
        """The value; raises TimeoutError after `timeout` seconds, the work goes on."""
        if self._value is not None and clock.monotonic() < self._until:
            return self._value
        future = asyncio.wrap_future(self._join())
        return await asyncio.wait_for(asyncio.shield(future), timeout)

    def _join(self) -> "Future[T]":
        with self._lock:
            if self._running is None:
                self._running = _POOL.submit(_unit, self._run)
            return self._running

    def _run(self) -> T:
        try:
            value = self._compute()
            self._value, self._until = value, clock.monotonic() + self._keep
        finally:
            with self._lock:
                self._running = None
        return value
