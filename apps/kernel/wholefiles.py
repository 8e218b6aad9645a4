"""Private files of the state directory that are there whole or not at all."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog
from django.conf import settings
from django.db.models import Manager

from apps.kernel import clock
from apps.kernel.errors import Code, Failure

PART: Final = ".part"
#: A file without a row, or half written, that nobody touched for so long is nobody's.
FORGOTTEN: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


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


def sweep(place: Path, rows: Manager[Any], remove: Callable[[Any], None]) -> int:
    """Delete rows whose time is over with their files, and files of `place` that belong to no row,
    or were left half written, and that nobody has touched for an hour; how many.

    A row has `expires_at`, and `job_id`, which is the stem of its file.
    """
    now, swept = clock.now(), 0
    for row in rows.filter(expires_at__lte=now):
        remove(row)
        row.delete()
        swept += 1
    known = set(map(str, rows.values_list("job_id", flat=True)))
    swept += _strays_remove(place, known, (now - FORGOTTEN).timestamp())
    if swept:
        log.info("files swept", place=place.name, files=swept)
    return swept


def _strays_remove(place: Path, known: set[str], oldest: float) -> int:
    removed = 0
    for path in place.iterdir():
        with suppress(FileNotFoundError):
            ours = path.name.partition(".")[0] in known and path.suffix != PART
            if not ours and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
