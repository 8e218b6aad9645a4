"""Operations on several controls of a Core at once, and undoing."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.batches import (
    QsysChangeUndoIn,
    QsysChangeUndoOut,
    QsysControlBatchIn,
    QsysControlBatchOut,
)
from apps.qsys.services import batches, cores, undo

CONTROL_BATCH = Operation(
    name="qsys.control.batch",
    summary="Set several controls of a Core together, and read them back.",
    input=QsysControlBatchIn,
    output=QsysControlBatchOut,
    handler=batches.control_batch,
    targets=cores.core_targets,
    plan=batches.control_batch_plan,
    settle=batches.control_batch_settle,
    raised=policies.raised(batches.control_batch_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    device=True,
)
CHANGE_UNDO = Operation(
    name="qsys.change.undo",
    summary="Set controls back to what they were before one call changed them.",
    input=QsysChangeUndoIn,
    output=QsysChangeUndoOut,
    handler=undo.change_undo,
    targets=cores.core_targets,
    plan=undo.change_undo_plan,
    settle=undo.change_undo_settle,
    raised=policies.raised(undo.change_undo_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (CONTROL_BATCH, CHANGE_UNDO)
