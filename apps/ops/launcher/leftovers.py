"""Finds and ends processes that an earlier launcher of the same state directory left behind."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "CONTROLPLANE_PLANE"
"""Environment variable that says to which state directory a child belongs."""


def marked(state_root: Path) -> list[int]:
    """Processes that carry the mark of this state directory, this process excepted."""
    mark = f"{MARK}={state_root}".encode()
    return [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/environ")
        if int(entry.parent.name) != os.getpid() and mark in _environment(entry)
    ]


def end(state_root: Path, patience: float = 6.0) -> int:
    """Gives leftovers `patience` seconds for the stop they were told of, then kills them.

    Returns how many had to be killed.
    """
    return end_these(marked(state_root), state_root, patience)


def end_these(pids: Iterable[int], state_root: Path, patience: float) -> int:
    """The same for the leftovers named: what came later is another launcher's."""
    give_up = time.monotonic() + patience
    left = set(pids)
    while left and time.monotonic() < give_up:
        time.sleep(0.1)
        left &= set(marked(state_root))
    for pid in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return len(left)


def _environment(entry: Path) -> list[bytes]:
    try:
        return entry.read_bytes().split(b"\0")
    except OSError:
        return []
