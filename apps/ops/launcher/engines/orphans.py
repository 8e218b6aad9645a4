"""Ends what a killed PostgreSQL leaves of itself, since it keeps the next one from starting.

Each server process leads a session of its own, so the end of the postmaster's group spares them.
They end by themselves when they notice that the postmaster died; one that hangs does not, and a
new postmaster refuses to start ("pre-existing shared memory block is still in use") until it does.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 5.0
"""Seconds the kernel has to take away a process after SIGKILL."""


def end_orphans(data: Path) -> None:
    """Kills the server processes of a data directory whose postmaster is dead.

    A server that runs is left alone, and one that the kernel cannot end is not waited for any
    longer: the next postmaster says in its log that the directory is in use, and is tried again.
    """
    for pid in orphans(data):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    _await_end(data)


def orphans(data: Path) -> Iterator[int]:
    """Server processes at work in the directory whose parent is not."""
    workers = {pid: _parent(pid) for pid in _at_work_in(data)}
    return (pid for pid, parent in workers.items() if parent not in workers and _is_worker(pid))


def _await_end(data: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while list(orphans(data)) and time.monotonic() < give_up:
        time.sleep(0.02)


def _at_work_in(data: Path) -> list[int]:
    """Processes whose working directory it is: PostgreSQL's own, and an administrator's shell."""
    wanted = str(data.resolve())
    return [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/cwd")
        if _working_directory(entry) == wanted and _state(int(entry.parent.name)) != "Z"
    ]


def _is_worker(pid: int) -> bool:
    """Whether it is a child of a postmaster, by the title those give themselves."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: ")
    except OSError:
        return False


def _working_directory(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _state(pid: int) -> str:
    return _stat(pid, 0)


def _parent(pid: int) -> int:
    return int(_stat(pid, 1) or 0)


def _stat(pid: int, place: int) -> str:
    """A field of the process's status line, counted from behind its name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[place]
    except (OSError, IndexError):
        return ""
