"""What curtailment explains: a paused miner hashes nothing, and may be asleep."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from apps.fleet.alerts.rules import Mute
from apps.miners.models.curtailment import HELD, CurtailedMiner


def curtailed(tenant_id: UUID) -> Mapping[UUID, str]:
    """Miners that a curtailment has, each with its words."""
    rows = CurtailedMiner.system.filter(curtailment__tenant_id=tenant_id, state__in=HELD)
    names = rows.values_list("device_id", "curtailment__name")
    return {device: f"Curtailment {name} has it paused." for device, name in names}


MUTED_BY: Final = (
    Mute(
        "curtailment",
        curtailed,
        frozenset({"miners.hashrate.low", "miners.fan.still", "miners.pool.dead"}),
    ),
)
