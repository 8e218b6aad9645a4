"""What commands change on a simulated miner and what outlives its reboots."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.simulator.profile import Profile

DEFAULT_PASSWORD = "root"  # noqa: S105 - the factory's, documented by the vendor
DEFAULT_POOL = "stratum+tcp://stratum.braiins.com:3333"


@dataclass(slots=True)
class Settings:
    """The stored configuration. Performance is kept as the wire's own message."""

    hostname: str
    performance: performance_pb.PerformanceMode
    pool_groups: list[pool_pb.PoolGroupConfiguration]
    password: str = DEFAULT_PASSWORD
    auto_upgrade: bool = False
    upgrade_schedule: upgrade_pb.AutoUpgradeSchedule | None = None
    _uids: count[int] = field(default_factory=lambda: count(1))

    def new_uid(self) -> str:
        """A name no group or pool of this miner had before."""
        return f"{next(self._uids):016x}"


def power_mode(watts: int) -> performance_pb.PerformanceMode:
    """The performance mode that holds a power target in W."""
    mode = performance_pb.PerformanceMode()
    mode.tuner_mode.power_target.power_target.watt = watts
    return mode


def factory_settings(profile: Profile) -> Settings:
    """Settings as they leave the factory: one group with one pool, the default power target."""
    settings = Settings(profile.hostname, power_mode(int(profile.power.default)), [])
    group = pool_pb.PoolGroupConfiguration(uid=settings.new_uid(), name="default")
    group.quota.value = 1
    group.pools.add(
        uid=settings.new_uid(),
        url=DEFAULT_POOL,
        user=f"simulated.{profile.hostname}",
        password="",
        enabled=True,
    )
    settings.pool_groups.append(group)
    return settings
