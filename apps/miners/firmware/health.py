"""What a miner says of itself around an upgrade, and whether it is well: rules without opinion."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self

from apps.kernel import clock
from apps.miners.client.release import parse_release
from apps.miners.client.types import MinerDetails, MinerStats, MinerStatus

#: A miner is healthy again at this share of its earlier hash rate.
ENOUGH_PERCENT: Final = 90
#: Uptimes come in whole seconds and some time after the question; so much is no restart (s).
UPTIME_SLACK: Final = 3.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What matters of a miner at one instant. Rate in TH/s, uptime in seconds, `at` RFC 3339."""

    version: str
    uid: str
    mac: str
    serial: str
    model: str
    uptime_s: int
    status: str
    terahash: float
    watts: int
    at: str
    platform: str = ""

    def stored(self) -> dict[str, Any]:
        """As JSON for the target's row."""
        return asdict(self)

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> Self:
        """From the target's row."""
        return cls(**stored)

    def has_restarted_since(self, earlier: "Snapshot") -> bool:
        """Whether the miner's uptime began anew between the two.

        A clock of ours that went back makes the answer lean on the uptimes alone.
        """
        passed = datetime.fromisoformat(self.at) - datetime.fromisoformat(earlier.at)
        expected = earlier.uptime_s + max(0.0, passed.total_seconds())
        return self.uptime_s < expected - UPTIME_SLACK

    def is_same_machine(self, other: "Snapshot") -> bool:
        """Whether both are of one miner, as far as they say."""
        return not (self.uid and other.uid) or self.uid == other.uid


def snapshot(details: MinerDetails, stats: MinerStats) -> Snapshot:
    """From the miner's own words."""
    return Snapshot(
        version=details.version,
        uid=details.uid,
        mac=details.mac.lower(),
        serial=details.serial or details.uid,
        model=details.model,
        uptime_s=details.uptime_s,
        status=details.status.value,
        terahash=stats.terahash.last_5s,
        watts=stats.watts,
        at=clock.now().isoformat(),
        platform=details.platform,
    )


def is_healthy(now: Snapshot, before: Snapshot | None) -> bool:
    """Mining normally, at ENOUGH_PERCENT of the rate before (any rate, if it stood still)."""
    if now.status != MinerStatus.NORMAL.value:
        return False
    earlier = before.terahash if before else 0.0
    return now.terahash > 0 and now.terahash * 100 >= earlier * ENOUGH_PERCENT


def is_version(said: str, wanted: str) -> bool:
    """Whether a miner that says `said` runs `wanted`: its whole string, or a bare release."""
    if said == wanted:
        return True
    if "-" in wanted:
        return False
    try:
        return parse_release(said) == parse_release(wanted)
    except ValueError:
        return False
