"""One asyncio loop in a thread of its own a process: what lives on devices' sockets runs there."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


class LoopThread:
    """A running loop and the thread it runs in."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="device-loop", daemon=True)
        self.thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Cancel what runs, and wait up to `patience` seconds for the thread to end."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(patience)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self._close()

    def _close(self) -> None:
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class _Process:
    """What this process has; a forked child starts with nothing."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.host: LoopThread | None = None

    def forget(self) -> None:
        """Drop what was copied by a fork: the thread does not run in the child."""
        self.lock = threading.Lock()
        self.host = None


_process = _Process()
os.register_at_fork(after_in_child=_process.forget)


def loop() -> asyncio.AbstractEventLoop:
    """The loop of this process, made at the first need."""
    with _process.lock:
        if _process.host is None:
            _process.host = LoopThread()
        return _process.host.loop


def run(work: Coroutine[Any, Any, T], *, timeout: float | None = None) -> T:
    """Run `work` on the loop and wait for it here, at most `timeout` seconds.

    Raises TimeoutError, with the work cancelled, when it takes longer.
    """
    there = loop()
    if _on(there):
        work.close()
        raise RuntimeError("this thread is the loop's own: await the work instead of waiting")
    future = asyncio.run_coroutine_threadsafe(work, there)
    try:
        return future.result(timeout)
    finally:
        future.cancel()


def stop() -> None:
    """End the loop of this process (tests, and a worker's end)."""
    with _process.lock:
        host, _process.host = _process.host, None
    if host is not None:
        host.stop()


def _on(there: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is there
    except RuntimeError:
        return False
