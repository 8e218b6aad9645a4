"""Private files of the state directory that are there whole or not at all."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from apps.kernel.errors import Code, Failure

PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Written:
    """A whole file: its bytes and their SHA-256."""

    size: int
    sha256: str


def folder(name: str) -> Path:
    """A folder of the state directory; made 0700 at first use."""
    path: Path = settings.CONFIG.state_dir / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def whole(path: Path, mark: str) -> Iterator[BinaryIO]:
    """A new file that takes its place when the block ends well, and is gone when it does not.

    `mark` tells two writers of one file apart. Raises `busy` when the disk is full.
    """
    part = path.with_name(f"{path.name}.{mark}{PART}")
    try:
        with open(part, "wb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Failure(
            Code.BUSY, "The disk of the state directory is full; delete exports or other files."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def measured(path: Path) -> Written:
    """Size and hash of a file, read in pieces."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path.stat().st_size, digest)


def strays_remove(place: Path, known: Iterable[str], *, before: datetime) -> int:
    """Delete files that belong to no stem of `known`, or were left half written, and that nobody
    has touched since; how many."""
    stems, oldest, removed = set(known), before.timestamp(), 0
    for path in place.iterdir():
        with suppress(FileNotFoundError):
            ours = path.name.partition(".")[0] in stems and path.suffix != PART
            if not ours and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
