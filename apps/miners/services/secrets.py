"""What miners keep sealed: pools, and settings as they were before a change."""

from apps.kernel.keyring import reseal
from apps.miners.models import MinerSnapshot, PoolTemplate


def secrets_rotate() -> int:
    """Seal templates and snapshots under the newest key; how many were."""
    return reseal(PoolTemplate.system.all(), "sealed") + reseal(
        MinerSnapshot.system.all(), "sealed"
    )
