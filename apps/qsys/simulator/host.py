"""A Core on the network: its address, its listening doors, and what happens to them."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from apps.qsys.simulator.certificate import Certificate, self_signed
from apps.qsys.simulator.core import Core
from apps.qsys.simulator.faces import Door, QrcDoor, QrwcDoor
from apps.qsys.simulator.spec import DesignSpec

if TYPE_CHECKING:
    from apps.qsys.simulator.pair import Pair

PORTS = {"qrc": 1710, "ws": 80, "wss": 443}
#: The doors of Designer in Emulate mode, which serves no WebSocket.
EMULATED = ("qrc",)
UNPRIVILEGED = 8000
IDLE = 60.0


class CoreHost:
    """One simulated machine at one address.

    `ports` maps each face (qrc, ws, wss) to its port, 0 for a free one; a face that is not listed
    is off. `idle` is the time (s) after which a silent connection is closed.
    """

    def __init__(
        self,
        core: Core,
        address: str,
        *,
        ports: dict[str, int] | None = None,
        idle: float = IDLE,
    ) -> None:
        self.core = core
        self.address = address
        self.ports = dict(PORTS if ports is None else ports)
        self.certificate: Certificate = self_signed(address)
        self.pair: Pair | None = None
        self._idle = idle
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        """Whether clients can connect."""
        return bool(self._servers)

    async def listen(self) -> None:
        """Open the doors; a port kept to the privileged moves up by 8000."""
        for face, port in self.ports.items():
            self.ports[face] = await self._bind(face, port)

    async def refuse(self) -> None:
        """Close the doors; connections that stand go on."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()

    async def stop(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        await self.refuse()
        self.cut()

    def cut(self) -> None:
        """Reset every connection."""
        for peer in tuple(self.core.peers.values()):
            peer.reset()

    def reload(self, design: DesignSpec | None = None) -> None:
        """Deploy a design (or the same again): new code, groups gone, sockets reset."""
        self.core.load(design or self.core.design)
        self.cut()

    async def reboot(self, seconds: float, booting: float = 0.0) -> None:
        """Go away for `seconds`, then for `booting` seconds accept and close at once."""
        await self.refuse()
        self.core.forget_groups()
        self.cut()
        self._later(self._come_back(seconds, booting))

    async def _come_back(self, seconds: float, booting: float) -> None:
        await asyncio.sleep(seconds)
        self.core.faults.shut = booting > 0
        await self.listen()
        await asyncio.sleep(booting)
        self.core.faults.shut = False

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bind(self, face: str, port: int) -> int:
        try:
            return await self._serve(face, port)
        except OSError as error:
            if error.errno != errno.EACCES:
                raise
            return await self._serve(face, port + UNPRIVILEGED)

    async def _serve(self, face: str, port: int) -> int:
        door: type[Door] = QrcDoor if face == "qrc" else QrwcDoor
        context: ssl.SSLContext | None = self.certificate.context if face == "wss" else None
        server = await asyncio.get_running_loop().create_server(
            lambda: door(self.core, face, self._idle), self.address, port, ssl=context
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


def faces_of(host: CoreHost) -> Sequence[str]:
    """A line for people about each open door."""
    name = f"{host.address} ({host.core.name})"
    return [
        f"{name} {face} {host.ports[face]}"
        + (f" sha256 {host.certificate.fingerprint}" if face == "wss" else "")
        for face in host.ports
    ]
