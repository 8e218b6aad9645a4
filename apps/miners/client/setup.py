"""How a miner is set up: values that are read, changed, and written back; units in the names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TargetMode(StrEnum):
    """What a miner works towards; MANUAL is fixed frequency and voltage, without a tuner."""

    POWER = "power"
    HASHRATE = "hashrate"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class BoardSpeed:
    """One board's own frequency and voltage in manual mode."""

    id: str
    frequency_hz: float
    volts: float


@dataclass(frozen=True, slots=True)
class Target:
    """What a miner works towards: W or TH/s; the rest only in manual mode."""

    mode: TargetMode
    watts: int | None = None
    terahash: float | None = None
    frequency_hz: float | None = None
    volts: float | None = None
    boards: tuple[BoardSpeed, ...] = ()


@dataclass(frozen=True, slots=True)
class Dps:
    """Dynamic power scaling; None: the device says nothing, or leave it as it is."""

    enabled: bool | None = None
    power_step_watts: int | None = None
    least_watts: int | None = None
    hashrate_step: float | None = None
    least_terahash: float | None = None
    shutdown: bool | None = None
    shutdown_hours: int | None = None
    mode: str | None = None
    start_percent: int | None = None


@dataclass(frozen=True, slots=True)
class CoolingSetup:
    """How chips are cooled: °C, percent of full fan speed, number of fans; None: not given."""

    mode: str
    fan_percent: float | None = None
    min_fan_percent: int | None = None
    max_fan_percent: int | None = None
    required_fans: int | None = None
    target_c: float | None = None
    hot_c: float | None = None
    dangerous_c: float | None = None


@dataclass(frozen=True, slots=True)
class Ramping:
    """Seconds over which power rises and falls; None: the device's own."""

    up_s: int | None = None
    down_s: int | None = None


@dataclass(frozen=True, slots=True)
class PoolSetup:
    """One pool as it is configured; the password is a secret."""

    url: str
    user: str
    password: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class GroupSetup:
    """Pools in order of fail-over, and the group's share: a quota or a ratio of 0 to 1."""

    name: str
    pools: tuple[PoolSetup, ...]
    quota: int | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """The whole configuration of a miner."""

    target: Target | None
    dps: Dps
    cooling: CoolingSetup | None
    boards: tuple[tuple[str, bool], ...]
    ramping: Ramping
    groups: tuple[GroupSetup, ...]


@dataclass(frozen=True, slots=True)
class NetworkSetup:
    """The miner's place in the network; empty addresses with DHCP."""

    dhcp: bool
    hostname: str
    address: str = ""
    netmask: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EfficiencyPoint:
    """What a machine of this kind gives at a power target."""

    target_watts: int
    watts: int
    terahash: float

    @property
    def joule_per_terahash(self) -> float:
        """J/TH: less is better; infinite where nothing is hashed."""
        return self.watts / self.terahash if self.terahash else float("inf")


@dataclass(frozen=True, slots=True)
class Licence:
    """State of the licence: none, limited, valid or expired; seconds until it restricts."""

    state: str
    contract: str = ""
    restricted_in_s: int | None = None
    fee_percent: float | None = None
