"""Lets one launcher run per state directory, and lets go however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.ops.launcher.errors import LaunchError


@contextmanager
def only_instance(path: Path) -> Iterator[None]:
    """Holds the lock; raises LaunchError when another launcher holds it.

    The kernel drops the lock with the descriptor, which children do not inherit.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """The process id of the running launcher, or None when none runs."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(descriptor)
    finally:
        os.close(descriptor)
    return None


def last_holder(path: Path) -> int:
    """The process id of the launcher that took the lock last, dead or alive."""
    return int(path.read_text() or 0)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LaunchError(
            f"The plane already runs here (process {_written(descriptor)}, {path.parent.parent}). "
            "Stop it first, or start a second one with another STATE_DIR, PORT and DEMO_NETWORK."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _written(descriptor: int) -> int:
    return int(os.pread(descriptor, 20, 0) or b"0")
