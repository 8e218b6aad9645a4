"""Operations on what Cores run, ran and should run."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.designs import (
    QsysDesignHistoryIn,
    QsysDesignHistoryOut,
    QsysDesignListIn,
    QsysDesignListOut,
    QsysDesignPinIn,
    QsysDesignPinOut,
)
from apps.qsys.services import cores, designs

DESIGN_LIST = Operation(
    name="qsys.design.list",
    summary="List which design, version and firmware Cores run, since when, and what drifted.",
    input=QsysDesignListIn,
    output=QsysDesignListOut,
    handler=designs.design_list,
    targets=cores.some_core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
DESIGN_HISTORY = Operation(
    name="qsys.design.history",
    summary="Tell which designs and firmware a Core ran, from when to when.",
    input=QsysDesignHistoryIn,
    output=QsysDesignHistoryOut,
    handler=designs.design_history,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
DESIGN_PIN = Operation(
    name="qsys.design.pin",
    summary="Say which design or firmware a Core should run, so that anything else is told.",
    input=QsysDesignPinIn,
    output=QsysDesignPinOut,
    handler=designs.design_pin,
    targets=cores.core_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (DESIGN_LIST, DESIGN_HISTORY, DESIGN_PIN)
