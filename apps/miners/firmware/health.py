"""Whether a miner is well after an upgrade: rules in whole numbers, without opinion."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from apps.miners.client.types import MinerDetails, MinerStats, MinerStatus

#: A miner is healthy again at this share of its earlier hash rate.
ENOUGH_PERCENT: Final = 90


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What matters of a miner at one instant. Rate in TH/s, uptime in seconds."""

    version: str
    uid: str
    mac: str
    model: str
    uptime_s: int
    status: str
    terahash: float
    watts: int

    def stored(self) -> dict[str, Any]:
        """As JSON for the target's row."""
        return asdict(self)


def snapshot(details: MinerDetails, stats: MinerStats) -> Snapshot:
    """From the miner's own words."""
    return Snapshot(
        version=details.version,
        uid=details.uid,
        mac=details.mac.lower(),
        model=details.model,
        uptime_s=details.uptime_s,
        status=details.status.value,
        terahash=stats.terahash.last_5s,
        watts=stats.watts,
    )


def is_healthy(now: Snapshot, before: dict[str, Any] | None) -> bool:
    """Mining normally, at ENOUGH_PERCENT of the rate before (any rate, if it stood still)."""
    if now.status != MinerStatus.NORMAL.value:
        return False
    earlier = float((before or {}).get("terahash") or 0.0)
    return now.terahash > 0 and now.terahash * 100 >= earlier * ENOUGH_PERCENT
