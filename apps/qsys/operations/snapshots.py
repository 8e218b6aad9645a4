"""Operations on the snapshot banks of a Core."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.snapshots import (
    QsysSnapshotLoadIn,
    QsysSnapshotLoadOut,
    QsysSnapshotSaveIn,
    QsysSnapshotSaveOut,
)
from apps.qsys.services import cores, snapshots

SNAPSHOT_LOAD = Operation(
    name="qsys.snapshot.load",
    summary="Recall a snapshot, optionally ramped, and tell which controls it changed.",
    input=QsysSnapshotLoadIn,
    output=QsysSnapshotLoadOut,
    handler=snapshots.snapshot_load,
    targets=cores.core_targets,
    plan=snapshots.snapshot_load_plan,
    settle=snapshots.snapshot_load_settle,
    raised=policies.raised(snapshots.snapshot_load_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    device=True,
    time_limit=30.0,
)
SNAPSHOT_SAVE = Operation(
    name="qsys.snapshot.save",
    summary="Store the present state of a Core in a snapshot; what it held is lost.",
    input=QsysSnapshotSaveIn,
    output=QsysSnapshotSaveOut,
    handler=snapshots.snapshot_save,
    targets=cores.core_targets,
    plan=snapshots.snapshot_save_plan,
    settle=snapshots.snapshot_save_settle,
    raised=policies.raised(snapshots.snapshot_save_writes),
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (SNAPSHOT_LOAD, SNAPSHOT_SAVE)
