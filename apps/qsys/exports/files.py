"""The files of exports: where they lie, how large they may be, and when they go."""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.kernel import wholefiles
from apps.qsys.models import Export


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
    return wholefiles.sweep(folder(), Export.system, remove)
