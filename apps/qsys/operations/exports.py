"""Operations on files of stored changes and telemetry."""

from typing import Any

from apps.operations.core import Danger, Mode, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.exports import (
    QsysExportCreateIn,
    QsysExportDeleteIn,
    QsysExportDeleteOut,
    QsysExportDownloadIn,
    QsysExportOut,
)
from apps.qsys.services import cores, exports

EXPORT_CREATE = Operation(
    name="qsys.export.create",
    summary="Write changes or telemetry of a Core into a file, CSV or Parquet.",
    input=QsysExportCreateIn,
    output=QsysExportOut,
    handler=exports.export_create,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    mode=Mode.JOB,
    time_limit=3_600,
)
EXPORT_DOWNLOAD = Operation(
    name="qsys.export.download",
    summary="Tell where an exported file is fetched, with its size and hash.",
    input=QsysExportDownloadIn,
    output=QsysExportOut,
    handler=exports.export_download,
    targets=exports.export_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    audited=True,
)
EXPORT_DELETE = Operation(
    name="qsys.export.delete",
    summary="Delete an exported file before its time.",
    input=QsysExportDeleteIn,
    output=QsysExportDeleteOut,
    handler=exports.export_delete,
    targets=exports.export_targets,
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (EXPORT_CREATE, EXPORT_DOWNLOAD, EXPORT_DELETE)
