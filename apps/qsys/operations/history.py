"""Operations on the stored changes of a Core, on what it was, and on what is stored."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas.history import (
    QsysEventListIn,
    QsysEventListOut,
    QsysWatchDeleteIn,
    QsysWatchDeleteOut,
    QsysWatchSetIn,
    QsysWatchSetOut,
)
from apps.qsys.schemas.past import (
    QsysStateAtIn,
    QsysStateAtOut,
    QsysStateCompareIn,
    QsysStateCompareOut,
)
from apps.qsys.services import cores, history, past

EVENT_LIST = Operation(
    name="qsys.event.list",
    aliases=("query_change_events",),
    summary="List changes of a Core's controls, with value before and cause, or count them.",
    input=QsysEventListIn,
    output=QsysEventListOut,
    handler=history.event_list,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
STATE_AT = Operation(
    name="qsys.state.at",
    summary="Show what the controls of a Core were at a past moment.",
    input=QsysStateAtIn,
    output=QsysStateAtOut,
    handler=past.state_at,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
STATE_COMPARE = Operation(
    name="qsys.state.compare",
    summary="Show what differs on a Core between two moments, or between then and now, and who "
    "changed it.",
    input=QsysStateCompareIn,
    output=QsysStateCompareOut,
    handler=past.state_compare,
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

WATCH_DELETE = Operation(
    name="qsys.watch.delete",
    summary="Delete a watch of a Core; what only it covered is polled no more.",
    input=QsysWatchDeleteIn,
    output=QsysWatchDeleteOut,
    handler=history.watch_delete,
    targets=cores.core_targets,
    plan=history.watch_delete_plan,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    EVENT_LIST,
    STATE_AT,
    STATE_COMPARE,
    WATCH_SET,
    WATCH_DELETE,
)
