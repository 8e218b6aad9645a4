"""The files of support archives: where they lie, and when they go."""

from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from apps.kernel import clock, wholefiles
from apps.miners.models import SupportArchive

#: A file without a row, or half written, that nobody touched for so long is nobody's.
FORGOTTEN: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


def folder() -> Path:
    """Where the files lie."""
    return wholefiles.folder("archives")


def path_of(job_id: UUID) -> Path:
    """The file that a job fetches."""
    return folder() / f"{job_id}.zip"


def remove(archive: SupportArchive) -> None:
    """Delete the file of an archive; one that is gone already is no failure."""
    path_of(archive.job_id).unlink(missing_ok=True)


def archives_sweep() -> int:
    """Delete archives whose time is over, and files that belong to none; how many files."""
    now, swept = clock.now(), 0
    for archive in SupportArchive.system.filter(expires_at__lte=now):
        remove(archive)
        archive.delete()
        swept += 1
    known = map(str, SupportArchive.system.values_list("job_id", flat=True))
    swept += wholefiles.strays_remove(folder(), known, before=now - FORGOTTEN)
    if swept:
        log.info("support archives swept", files=swept)
    return swept
