"""What can be done with Q-SYS Cores."""

from typing import Any

from apps.operations.core import Danger, Face, Operation, Repeat
from apps.qsys import services
from apps.qsys.schemas import (
    QsysComponentListIn,
    QsysComponentListOut,
    QsysControlGetIn,
    QsysControlGetOut,
    QsysControlSetIn,
    QsysControlSetOut,
    QsysCoreStatusIn,
    QsysCoreStatusOut,
    QsysEventListIn,
    QsysEventListOut,
    QsysWatchSetIn,
    QsysWatchSetOut,
)

BY_HAND = frozenset({Face.REST, Face.MCP, Face.CONSOLE})

CORE_STATUS = Operation(
    name="qsys.core.status",
    aliases=("query_core_status",),
    summary="Ask a Core for its engine, design and overall status.",
    input=QsysCoreStatusIn,
    output=QsysCoreStatusOut,
    handler=services.core_status,
    targets=services.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
COMPONENT_LIST = Operation(
    name="qsys.component.list",
    aliases=("list_components",),
    summary="List the components that a Core exposes.",
    input=QsysComponentListIn,
    output=QsysComponentListOut,
    handler=services.component_list,
    targets=services.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
CONTROL_GET = Operation(
    name="qsys.control.get",
    aliases=("get_control_values", "qsys_component_get"),
    summary="Read controls of a Core as they are now.",
    input=QsysControlGetIn,
    output=QsysControlGetOut,
    handler=services.control_get,
    targets=services.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
CONTROL_SET = Operation(
    name="qsys.control.set",
    aliases=("qsys.set_control", "set_control_values"),
    summary="Set a control of a Core, optionally ramped, and read it back.",
    input=QsysControlSetIn,
    output=QsysControlSetOut,
    handler=services.control_set,
    targets=services.core_targets,
    plan=services.control_set_plan,
    settle=services.control_settle,
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND | {Face.SCHEDULE},
    device=True,
)

EVENT_LIST = Operation(
    name="qsys.event.list",
    aliases=("query_change_events",),
    summary="List what controls of a Core have been, with previous value and cause.",
    input=QsysEventListIn,
    output=QsysEventListOut,
    handler=services.event_list,
    targets=services.core_targets,
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
    handler=services.watch_set,
    targets=services.core_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    CORE_STATUS,
    COMPONENT_LIST,
    CONTROL_GET,
    CONTROL_SET,
    EVENT_LIST,
    WATCH_SET,
)
