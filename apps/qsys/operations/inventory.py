"""Operations on what Cores and their components report of themselves."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas.inventory import (
    QsysInventoryHistoryIn,
    QsysInventoryHistoryOut,
    QsysInventoryListIn,
    QsysInventoryListOut,
    QsysInventoryRollupIn,
    QsysInventoryRollupOut,
)
from apps.qsys.services import cores, inventory

INVENTORY_LIST = Operation(
    name="qsys.inventory.list",
    summary="List Cores and components with their status and since when, worst first.",
    input=QsysInventoryListIn,
    output=QsysInventoryListOut,
    handler=inventory.inventory_list,
    targets=cores.some_core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
INVENTORY_HISTORY = Operation(
    name="qsys.inventory.history",
    summary="Tell in which status an item of the inventory was, from when to when.",
    input=QsysInventoryHistoryIn,
    output=QsysInventoryHistoryOut,
    handler=inventory.inventory_history,
    targets=inventory.item_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
INVENTORY_ROLLUP = Operation(
    name="qsys.inventory.rollup",
    summary="Tell how items stand by place or by Core, and all together: the worst counts.",
    input=QsysInventoryRollupIn,
    output=QsysInventoryRollupOut,
    handler=inventory.inventory_rollup,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    INVENTORY_LIST,
    INVENTORY_HISTORY,
    INVENTORY_ROLLUP,
)
