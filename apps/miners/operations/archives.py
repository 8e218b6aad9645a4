"""Operations on support archives of miners."""

from typing import Any

from apps.miners import services
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.archives import (
    MinersArchiveDeleteIn,
    MinersArchiveDeleteOut,
    MinersArchiveDownloadIn,
    MinersArchiveFetchIn,
    MinersArchiveOut,
)
from apps.miners.services import archives
from apps.operations.core import Danger, Mode, Operation, Repeat

FETCH = Operation(
    name="miners.archive.fetch",
    summary="Fetch a miner's support archive, a zip of its logs and settings, and keep it a while.",
    input=MinersArchiveFetchIn,
    output=MinersArchiveOut,
    handler=archives.archive_fetch,
    targets=services.miner_targets,
    settle=archives.fetch_settle,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    mode=Mode.JOB,
    device=True,
    time_limit=120,
)
DOWNLOAD = Operation(
    name="miners.archive.download",
    summary="Tell where a support archive is downloaded, with its size and hash.",
    input=MinersArchiveDownloadIn,
    output=MinersArchiveOut,
    handler=archives.archive_download,
    targets=archives.archive_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    audited=True,
)
DELETE = Operation(
    name="miners.archive.delete",
    summary="Delete a support archive before its time.",
    input=MinersArchiveDeleteIn,
    output=MinersArchiveDeleteOut,
    handler=archives.archive_delete,
    targets=archives.archive_targets,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (FETCH, DOWNLOAD, DELETE)
