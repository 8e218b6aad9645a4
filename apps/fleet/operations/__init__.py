"""What can be done with the fleet itself: places, devices, breakers, rollouts, alerts."""

from typing import Any

from apps.fleet.operations import (
    alerts,
    breakers,
    changes,
    circuits,
    files,
    ranges,
    reads,
    rollouts,
    routes,
    sites,
    stops,
    windows,
)
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *reads.OPERATIONS,
    *changes.OPERATIONS,
    *files.OPERATIONS,
    *sites.OPERATIONS,
    *breakers.OPERATIONS,
    *stops.OPERATIONS,
    *rollouts.OPERATIONS,
    *alerts.OPERATIONS,
    *routes.OPERATIONS,
    *windows.OPERATIONS,
    *ranges.OPERATIONS,
    *circuits.OPERATIONS,
)
