"""The files of support archives: where they lie, and when they go."""

from pathlib import Path
from uuid import UUID

from apps.kernel import wholefiles
from apps.miners.models import SupportArchive


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
    return wholefiles.sweep(folder(), SupportArchive.system, remove)
