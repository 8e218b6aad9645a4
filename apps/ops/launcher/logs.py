"""Keeps one bounded log file per child, and quotes its end when something failed."""

import os
import shutil
import time
from pathlib import Path

MOST_BYTES = 10_000_000
KEEP = 3
MOST_TRIES = 50
"""Looks for the rest of a line, a millisecond apart; whoever writes no newline waits no longer."""


def open_log(folder: Path, name: str, most_bytes: int = MOST_BYTES) -> int:
    """A descriptor that appends to NAME.log, after moving a log that grew too long."""
    path = folder / f"{name}.log"
    if _size(path) > most_bytes:
        _shift(path)
        path.rename(_numbered(path, 1))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def trim(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Moves the text of too long logs away while their writers keep them open.

    Writers append, so after the cut they go on at the new end. A line written between copy
    and cut is lost: the price of not asking six programs to reopen their output.
    """
    for path in folder.glob("*.log"):
        if _size(path) > most_bytes:
            _shift(path)
            _copy_whole_lines(path, _numbered(path, 1))
            os.truncate(path, 0)


def tail(folder: Path, name: str, lines: int = 15) -> str:
    """The last lines of a child's log, indented; a sentence when there are none."""
    path = folder / f"{name}.log"
    if not _size(path):
        return f"    ({path} is empty)"
    with path.open("rb") as file:
        file.seek(max(0, _size(path) - 16_384))
        text = file.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in text)


def _copy_whole_lines(source: Path, target: Path) -> None:
    """Copies to the end, and past it while the end is the half of a line that is being written."""
    with source.open("rb") as reader, target.open("w+b") as writer:
        for _ in range(MOST_TRIES):
            shutil.copyfileobj(reader, writer)
            writer.seek(-1, os.SEEK_END)
            if writer.read(1) == b"\n":
                return
            time.sleep(0.001)


def _shift(path: Path) -> None:
    for number in range(KEEP, 1, -1):
        older = _numbered(path, number - 1)
        if older.exists():
            older.replace(_numbered(path, number))


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
