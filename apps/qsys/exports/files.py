"""The private folder of exported files: a file is there whole or not at all."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import structlog
from django.conf import settings

from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.qsys.models import Export

PART: Final = ".part"
#: A file without a row, or half written, that nobody touched for so long is nobody's.
FORGOTTEN: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A whole file: its bytes and their SHA-256."""

    size: int
    sha256: str


def folder() -> Path:
    """Where exported files lie; made 0700 at first use."""
    path: Path = settings.CONFIG.state_dir / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(job_id: UUID, form: str) -> Path:
    """The file that a job makes."""
    return folder() / f"{job_id}.{form}"


def size_most() -> int:
    """Bytes that one file may have."""
    most: int = settings.CONFIG.export_most_mb * 1024 * 1024
    return most


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


def remove(export: Export) -> None:
    """Delete the file of an export; one that is gone already is no failure."""
    path_of(export.job_id, export.format).unlink(missing_ok=True)


def exports_sweep() -> int:
    """Delete exports whose time is over, and files that belong to none; how many files."""
    now, swept = clock.now(), 0
    for export in Export.system.filter(expires_at__lte=now):
        remove(export)
        export.delete()
        swept += 1
    known = {str(job) for job in Export.system.values_list("job_id", flat=True)}
    oldest = (now - FORGOTTEN).timestamp()
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            ours = path.name.partition(".")[0] in known and path.suffix != PART
            if not ours and path.stat().st_mtime < oldest:
                path.unlink()
                swept += 1
    if swept:
        log.info("exports swept", files=swept)
    return swept


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
