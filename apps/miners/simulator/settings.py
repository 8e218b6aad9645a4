"""What commands change on a simulated miner and what outlives its reboots."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from apps.miners.contract.generated import bos_cooling_pb2 as cooling_pb
from apps.miners.contract.generated import bos_network_pb2 as network_pb
from apps.miners.contract.generated import bos_performance_pb2 as performance_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.simulator.profile import Profile

DEFAULT_PASSWORD = "root"  # noqa: S105 - the factory's, documented by the vendor
DEFAULT_POOL = "stratum+tcp://stratum.braiins.com:3333"


def automatic_cooling() -> cooling_pb.CoolingConfiguration:
    """Fans that follow the temperature, as they leave the factory."""
    configuration = cooling_pb.CoolingConfiguration()
    configuration.auto.target_temperature.degree_c = 60
    configuration.auto.hot_temperature.degree_c = 85
    configuration.auto.dangerous_temperature.degree_c = 95
    configuration.auto.minimum_required_fans = 4
    return configuration


def dps_off() -> performance_pb.DPSConfiguration:
    """Dynamic power scaling as it leaves the factory: off, with its usual steps."""
    configuration = performance_pb.DPSConfiguration(enabled=False, shutdown_enabled=False)
    configuration.power_step.watt = 300
    configuration.min_power_target.watt = 1200
    configuration.shutdown_duration.hours = 3
    configuration.mode = performance_pb.DPS_MODE_NORMAL
    return configuration


def by_dhcp() -> network_pb.NetworkConfiguration:
    """An address that the network gives."""
    return network_pb.NetworkConfiguration(dhcp=network_pb.Dhcp())


@dataclass(slots=True)
class Settings:
    """The stored configuration, kept in the wire's messages; `ramp_*_s` 0: as usual."""

    hostname: str
    performance: performance_pb.PerformanceMode
    pool_groups: list[pool_pb.PoolGroupConfiguration]
    password: str = DEFAULT_PASSWORD
    auto_upgrade: bool = False
    upgrade_schedule: upgrade_pb.AutoUpgradeSchedule | None = None
    cooling: cooling_pb.CoolingConfiguration = field(default_factory=automatic_cooling)
    dps: performance_pb.DPSConfiguration = field(default_factory=dps_off)
    network: network_pb.NetworkConfiguration = field(default_factory=by_dhcp)
    boards_off: set[str] = field(default_factory=set)
    ramp_up_s: int = 0
    ramp_down_s: int = 0
    contract_key: str = ""
    advanced: dict[str, object] = field(default_factory=dict)
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
