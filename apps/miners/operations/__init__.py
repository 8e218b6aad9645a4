"""What can be done with miners."""

from typing import Any

from apps.miners.operations import (
    advanced,
    archives,
    baselines,
    changes,
    curtailment,
    discovery,
    firmware,
    leaving,
    machines,
    network,
    passwords,
    pools,
    readings,
    setup,
    targets,
    triggers,
)
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *machines.OPERATIONS,
    *readings.OPERATIONS,
    *targets.OPERATIONS,
    *pools.OPERATIONS,
    *setup.OPERATIONS,
    *network.OPERATIONS,
    *passwords.OPERATIONS,
    *advanced.OPERATIONS,
    *archives.OPERATIONS,
    *baselines.OPERATIONS,
    *leaving.OPERATIONS,
    *changes.OPERATIONS,
    *firmware.OPERATIONS,
    *curtailment.OPERATIONS,
    *triggers.OPERATIONS,
    *discovery.OPERATIONS,
)
