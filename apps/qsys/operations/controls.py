"""Operations on the status, the components and the controls of a Core."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.controls import (
    QsysComponentListIn,
    QsysComponentListOut,
    QsysControlGetIn,
    QsysControlGetOut,
    QsysControlSetIn,
    QsysControlSetOut,
    QsysCoreStatusIn,
    QsysCoreStatusOut,
)
from apps.qsys.services import controls, cores

CORE_STATUS = Operation(
    name="qsys.core.status",
    aliases=("query_core_status",),
    summary="Ask a Core for its engine, design and overall status.",
    input=QsysCoreStatusIn,
    output=QsysCoreStatusOut,
    handler=controls.core_status,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
COMPONENT_LIST = Operation(
    name="qsys.component.list",
    aliases=("list_components",),
    summary="List the components that a Core exposes, with their types.",
    input=QsysComponentListIn,
    output=QsysComponentListOut,
    handler=controls.component_list,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
CONTROL_GET = Operation(
    name="qsys.control.get",
    aliases=("get_control_values", "list_controls", "qsys_component_get"),
    summary="Read controls of a Core as they are now.",
    input=QsysControlGetIn,
    output=QsysControlGetOut,
    handler=controls.control_get,
    targets=cores.core_targets,
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
    handler=controls.control_set,
    targets=cores.core_targets,
    plan=controls.control_set_plan,
    settle=controls.control_settle,
    raised=policies.raised(controls.control_set_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    CORE_STATUS,
    COMPONENT_LIST,
    CONTROL_GET,
    CONTROL_SET,
)
