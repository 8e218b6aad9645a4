"""The operation on the figures of Cores."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas.statistics import QsysCoreStatisticsIn, QsysCoreStatisticsOut
from apps.qsys.services import cores, statistics

CORE_STATISTICS = Operation(
    name="qsys.core.statistics",
    aliases=("get_event_statistics",),
    summary="Tell how much Cores changed in a range, which controls most, and their uptime.",
    input=QsysCoreStatisticsIn,
    output=QsysCoreStatisticsOut,
    handler=statistics.core_statistics,
    targets=cores.some_core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (CORE_STATISTICS,)
