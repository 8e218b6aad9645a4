"""What can be done with Q-SYS Cores."""

from typing import Any

from apps.operations.core import Operation
from apps.qsys.operations import (
    batches,
    controls,
    designs,
    exports,
    groups,
    history,
    inventory,
    links,
    mixers,
    pages,
    players,
    policies,
    snapshots,
    statistics,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *controls.OPERATIONS,
    *links.OPERATIONS,
    *batches.OPERATIONS,
    *snapshots.OPERATIONS,
    *mixers.OPERATIONS,
    *players.OPERATIONS,
    *pages.OPERATIONS,
    *groups.OPERATIONS,
    *history.OPERATIONS,
    *policies.OPERATIONS,
    *inventory.OPERATIONS,
    *designs.OPERATIONS,
    *statistics.OPERATIONS,
    *exports.OPERATIONS,
)
