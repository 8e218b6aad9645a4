"""Lets one of several test processes install what all of them need, while the others wait."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Holds a lock on the file, which says what is installed."""
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
