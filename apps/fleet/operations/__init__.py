"""What can be done with the fleet itself: places, devices, credentials, breakers."""

from typing import Any

from apps.fleet.operations import breakers, changes, files, reads, rollouts, sites, stops
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *reads.OPERATIONS,
    *changes.OPERATIONS,
    *files.OPERATIONS,
    *sites.OPERATIONS,
    *breakers.OPERATIONS,
    *stops.OPERATIONS,
    *rollouts.OPERATIONS,
)
