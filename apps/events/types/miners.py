"""Events of miners and curtailments."""

from typing import Any
from uuid import UUID

from apps.events.types.base import Event


class MinerChanged(Event):
    """A miner changed its firmware, status or target."""

    type = "miners.miner.changed"
    permission = "miners.view"
    device_id: UUID
    change: str
    before: Any = None
    after: Any = None


class CurtailmentChanged(Event):
    """A curtailment moved to another state. Power in watts, of the whole place."""

    type = "miners.curtailment.changed"
    permission = "miners.view"
    curtailment_id: UUID
    name: str
    state: str
    limit_watts: int | None = None
    sentence: str = ""


class CurtailedMinerMoved(Event):
    """One miner of a curtailment moved to another state."""

    type = "miners.curtailment.moved"
    permission = "miners.view"
    curtailment_id: UUID
    device_id: UUID
    name: str
    state: str
    job_id: UUID | None = None
    detail: str = ""
