"""What a simulated miner is born with and no command changes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address

from apps.miners.simulator.image import DEFAULT_PLATFORM

FIRMWARE = "2026-04-14-0-912d084c-26.04-plus"


@dataclass(frozen=True, slots=True)
class Range:
    """What a setting takes: the value when told nothing, the least and the most."""

    default: float
    least: float
    most: float

    def holds(self, value: float) -> bool:
        return self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class Profile:
    """One machine: an S19J Pro of 104 TH/s at 3,068 W on an Amlogic board, unless said."""

    address: str
    hostname: str
    uid: str
    mac: str
    serial: str
    psu_serial: str
    model: str = "Antminer S19J Pro"
    platform: str = DEFAULT_PLATFORM
    board_ids: tuple[str, ...] = ("1", "2", "3")
    chips_per_board: int = 126
    fans: int = 4
    power: Range = Range(3068, 1200, 3800)
    hashrate: Range = Range(104, 45, 125)


def profile_for(address: str, hostname: str | None = None) -> Profile:
    """A profile whose identity (uid, MAC, serials) follows from the address alone."""
    octets = IPv4Address(address).packed
    digest = sha256(octets).hexdigest()
    return Profile(
        address=address,
        hostname=hostname or f"miner-{octets[1]}-{octets[2]}-{octets[3]}",
        uid=digest[:16],
        mac="02:b0:05:" + ":".join(f"{octet:02x}" for octet in octets[1:]),
        serial=f"SIM{digest[16:28].upper()}",
        psu_serial=f"PSU{digest[28:40].upper()}",
    )
