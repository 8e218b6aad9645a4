"""Operations on the stored changes of a Core, and on what is stored."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas.history import (
    QsysEventListIn,
    QsysEventListOut,
    QsysWatchSetIn,
    QsysWatchSetOut,
)
from apps.qsys.services import cores, history

EVENT_LIST = Operation(
    name="qsys.event.list",
    aliases=("query_change_events",),
    summary="List how controls of a Core changed: the value, the one before, and the cause.",
    input=QsysEventListIn,
    output=QsysEventListOut,
    handler=history.event_list,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
WATCH_SET = Operation(
    name="qsys.watch.set",
    summary="Make or change a watch: which controls of a Core are polled, and how often.",
    input=QsysWatchSetIn,
    output=QsysWatchSetOut,
    handler=history.watch_set,
    targets=cores.core_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (EVENT_LIST, WATCH_SET)
