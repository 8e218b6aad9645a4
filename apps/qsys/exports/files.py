"""The files of exports: where they lie, how large they may be, and when they go."""

from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings

from apps.kernel import clock, wholefiles
from apps.qsys.models import Export

#: A file without a row, or half written, that nobody touched for so long is nobody's.
FORGOTTEN: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


def folder() -> Path:
    """Where exported files lie."""
    return wholefiles.folder("exports")


def path_of(job_id: UUID, form: str) -> Path:
    """The file that a job makes."""
    return folder() / f"{job_id}.{form}"


def size_most() -> int:
    """Bytes that one file may have."""
    most: int = settings.CONFIG.export_most_mb * 1024 * 1024
    return most


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
    known = map(str, Export.system.values_list("job_id", flat=True))
    swept += wholefiles.strays_remove(folder(), known, before=now - FORGOTTEN)
    if swept:
        log.info("exports swept", files=swept)
    return swept
