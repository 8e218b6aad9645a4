"""The simulated site: which devices the demo has, where they stand and who owns them."""

import socket
from dataclasses import dataclass
from typing import Literal

PORT_SHIFT = 8000
CORE_PORT = 1710
MINER_PORT = 50051


@dataclass(frozen=True)
class SimulatedDevice:
    """One simulated device; `place` is the path of its room or rack below `site`, `slot` its place
    in that rack."""

    name: str
    kind: Literal["core", "miner"]
    address: str
    site: str
    place: tuple[str, ...]
    tenant: str
    slot: str = ""

    @property
    def port(self) -> int:
        """The documented port by which its driver comes in."""
        return CORE_PORT if self.kind == "core" else MINER_PORT


def cores(network: str) -> tuple[SimulatedDevice, ...]:
    """The Q-SYS Cores on `network` (its first two octets, as in 127.20)."""
    return tuple(
        SimulatedDevice(name, "core", f"{network}.0.{number}", "Campus", (name,), "default")
        for number, name in enumerate(("Lobby", "Arena"), start=1)
    )


def miners(network: str) -> tuple[SimulatedDevice, ...]:
    """Twelve miners, four to a rack; the last two belong to the other tenant."""
    return tuple(
        SimulatedDevice(
            name=f"Miner {number:02d}",
            kind="miner",
            address=f"{network}.1.{number}",
            site="Mine",
            place=("Hall 1", f"R{(number - 1) // 4 + 1}"),
            tenant="default" if number <= 10 else "other",
            slot=str((number - 1) % 4 + 1),
        )
        for number in range(1, 13)
    )


def devices(network: str) -> tuple[SimulatedDevice, ...]:
    """Every simulated device."""
    return cores(network) + miners(network)


def low_ports_allowed(network: str) -> bool:
    """Whether this process may bind ports below 1024 on the site's addresses."""
    with socket.socket() as probe:
        try:
            probe.bind((f"{network}.255.254", 80))
        except PermissionError:
            return False
        except OSError:
            return True
        return True


def port_offset(network: str) -> int:
    """What the simulators add to every documented port: 0, or 8000 where low ports are refused."""
    return 0 if low_ports_allowed(network) else PORT_SHIFT


def taken(network: str) -> list[str]:
    """Addresses (host:port) of the site that something else listens on already."""
    offset = port_offset(network)
    return [
        f"{device.address}:{device.port + offset}"
        for device in devices(network)
        if not bindable(device.address, device.port + offset)
    ]


def bindable(host: str, port: int) -> bool:
    """Whether a listener could open host:port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def allowed(network: str) -> str:
    """The site's devices as DEVICE_NETWORKS wants them: exact addresses, exact ports."""
    offset = port_offset(network)
    return ",".join(f"{device.address}/32:{device.port + offset}" for device in devices(network))
