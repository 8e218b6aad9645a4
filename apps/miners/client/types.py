"""What a miner tells, as small frozen values; units are in the names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MinerStatus(StrEnum):
    """What the mining daemon does; UNKNOWN for values newer than the contract."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    NORMAL = "normal"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"


class TunerStatus(StrEnum):
    """What the tuner does; UNKNOWN for values newer than the contract."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    STABLE = "stable"
    TUNING = "tuning"
    ERROR = "error"
    CONTINUOUS = "continuous"
    PREHEAT = "preheat"


@dataclass(frozen=True, slots=True, order=True)
class ApiVersion:
    """Revision of the public API."""

    major: int
    minor: int
    patch: int


@dataclass(frozen=True, slots=True)
class MinerDetails:
    """Identity, firmware and uptime. Empty strings where the device says nothing."""

    uid: str
    model: str
    platform: str
    bos_mode: str
    version: str
    hostname: str
    mac: str
    serial: str
    psu_serial: str
    sticker_terahash: float
    uptime_s: int
    daemon_uptime_s: int
    status: MinerStatus


@dataclass(frozen=True, slots=True)
class HashRates:
    """Mean rates over sliding windows, in TH/s."""

    last_5s: float
    last_1m: float
    last_5m: float
    last_15m: float
    last_24h: float
    since_restart: float
    nominal: float


@dataclass(frozen=True, slots=True)
class MinerStats:
    """Rates, power and shares of the whole miner."""

    terahash: HashRates
    watts: int
    joule_per_terahash: float
    accepted_shares: int
    rejected_shares: int
    stale_shares: int


@dataclass(frozen=True, slots=True)
class Hashboard:
    """One board; None where the device does not measure."""

    id: str
    enabled: bool
    chips: int | None
    chip_temperature_c: float | None
    board_temperature_c: float | None
    voltage: float | None
    frequency_hz: float | None
    terahash: HashRates
    model: str
    serial: str


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of an error, with the vendor's hint."""

    code: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """One error the firmware reports; `at` is its RFC 3339 text."""

    at: str
    message: str
    codes: tuple[ErrorCode, ...]
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fan:
    """One fan; `ratio` is the commanded speed from 0 to 1."""

    position: int | None
    rpm: int
    ratio: float | None


@dataclass(frozen=True, slots=True)
class CoolingState:
    """Fans and the highest temperature in °C."""

    fans: tuple[Fan, ...]
    highest_c: float | None


@dataclass(frozen=True, slots=True)
class TunerState:
    """What the tuner does and the target it works towards: watts or TH/s, never both."""

    status: TunerStatus
    target_watts: int | None
    target_terahash: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """Range of a setting, ends included, and the value taken when told nothing."""

    default: float
    least: float
    most: float

    def hold(self, value: float) -> bool:
        """Whether the device would take the value."""
        return self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class CoolingLimits:
    """Ranges of cooling: °C, percent of full fan speed, number of fans."""

    target_c: Limits | None = None
    hot_c: Limits | None = None
    dangerous_c: Limits | None = None
    fan_percent: Limits | None = None
    min_fan_percent: Limits | None = None
    max_fan_percent: Limits | None = None
    required_fans: Limits | None = None


@dataclass(frozen=True, slots=True)
class DpsLimits:
    """Ranges of dynamic power scaling: W, TH/s, hours, percent."""

    power_step_watts: Limits | None = None
    least_watts: Limits | None = None
    hashrate_step: Limits | None = None
    least_terahash: Limits | None = None
    shutdown_hours: Limits | None = None
    start_percent: Limits | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """Ranges within which settings are accepted; None where the device names none."""

    power: Limits | None
    hashrate: Limits | None
    cooling: CoolingLimits = CoolingLimits()
    dps: DpsLimits = DpsLimits()
    board_ids: tuple[str, ...] = ()
    ramping_s: Limits | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool and how it does."""

    uid: str
    url: str
    user: str
    enabled: bool
    alive: bool
    active: bool
    accepted_shares: int
    rejected_shares: int


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """Pools in order of failover, and the group's share of the work (quota or ratio)."""

    uid: str
    name: str
    quota: int | None
    ratio: float | None
    pools: tuple[Pool, ...]


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """Where the miner is in the network."""

    interface: str
    mac: str
    hostname: str
    protocol: str
    addresses: tuple[str, ...]
    gateway: str
    dns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AutoUpgrade:
    """Whether the miner upgrades itself, and when (UTC)."""

    enabled: bool
    next_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """What is declared of an image before its bytes: size in bytes and SHA-256 in hexadecimal."""

    size: int
    sha256: str
    discard_settings: bool = False
    disable_cleanup: bool = False
