"""A running simulated miner: its state behind faces that open, close and reboot together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from apps.kernel.clock import Clock, SystemClock
from apps.miners.simulator.cgminer import CgminerFace
from apps.miners.simulator.grpc_face import GrpcFace
from apps.miners.simulator.http_face import HttpFace
from apps.miners.simulator.profile import Profile, profile_for
from apps.miners.simulator.state import MinerState

GRPC_PORT, CGMINER_PORT, HTTP_PORT = 50051, 4028, 80

# Where a port is refused for lack of rights, the face moves up by this much.
LOW_PORT_SHIFT = 8000

# Time for the answer to a reboot to leave before the faces go.
_LAST_WORDS_S = 0.05


class Face(Protocol):
    """One way in: opens on an address and port, closes at once."""

    async def open(self, address: str, port: int) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the faces listen."""

    grpc: int = GRPC_PORT
    cgminer: int = CGMINER_PORT
    http: int = HTTP_PORT

    def shifted(self, offset: int) -> Ports:
        return Ports(self.grpc + offset, self.cgminer + offset, self.http + offset)


class SimulatedMiner:
    """Owns state and faces; `boot_seconds` is both the time down and the ramp after."""

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock | None = None,
        ports: Ports | None = None,
        boot_seconds: float = 5.0,
    ) -> None:
        self.boot_seconds = boot_seconds
        self.state = MinerState(profile, clock or SystemClock(), ramp_seconds=boot_seconds)
        self.state.reboot = self.reboot
        self.state.move, self.state.leave = self.move, self.leave
        self.ports = ports or Ports()
        self._grpc = GrpcFace(self.state, self.cut_connections)
        self._cgminer = CgminerFace(self.state)
        self._http = HttpFace(self.state)
        self.is_open = False
        self._life = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._down: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it is found now."""
        return self.state.address

    async def start(self) -> None:
        """Opens all faces; raises OSError when an address or port is taken."""
        async with self._life:
            await self._open()

    async def stop(self) -> None:
        """Closes all faces and forgets what was planned."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._life:
            await self._close()

    def reboot(self, seconds: float | None = None) -> None:
        """Goes down in a moment and comes back after `seconds` (the boot time, unless said)."""
        if self._down is None or self._down.done():
            self._down = self._spawn(self._reboot(seconds))

    def move(self, address: str) -> None:
        """Leaves its address in a moment and answers at another."""
        self._spawn(self._move(address))

    def leave(self) -> None:
        """Goes down in a moment for good, as for firmware without these faces."""
        self._spawn(self._leave())

    def cut_connections(self) -> None:
        """Breaks every connection as a lost link would; new ones are accepted again."""
        self._spawn(self._cut())

    async def refuse(self) -> None:
        """Closes the faces, so that connecting is refused."""
        async with self._life:
            await self._close()

    async def accept(self) -> None:
        """Opens the faces where they are closed; waits for a reboot to end."""
        async with self._life:
            await self._open()

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` after `seconds`, unless the miner is stopped before."""
        self._spawn(_after(seconds, work))

    async def _reboot(self, seconds: float | None) -> None:
        await asyncio.sleep(_LAST_WORDS_S)
        async with self._life:
            await self._close()
            await asyncio.sleep(self.boot_seconds if seconds is None else seconds)
            self.state.boot()
            if not self.state.faults.refuse:
                await self._open()

    async def _move(self, address: str) -> None:
        await asyncio.sleep(_LAST_WORDS_S)
        async with self._life:
            await self._close()
            self.state.address = address
            # An address that cannot be had is a network the miner is lost in.
            with suppress(OSError):
                await self._open()

    async def _leave(self) -> None:
        await asyncio.sleep(_LAST_WORDS_S)
        await self.refuse()

    async def _cut(self) -> None:
        async with self._life:
            if self.is_open:
                await self._close()
                await self._open()

    async def _open(self) -> None:
        if self.is_open:
            return
        self.is_open = True
        try:
            await self._grpc.open(self.address, self.ports.grpc)
            await self._cgminer.open(self.address, self.ports.cgminer)
            await self._open_http()
        except OSError:
            await self._close()
            raise

    async def _open_http(self) -> None:
        try:
            await self._http.open(self.address, self.ports.http)
        except PermissionError:
            shifted = self.ports.http + LOW_PORT_SHIFT
            self.ports = Ports(self.ports.grpc, self.ports.cgminer, shifted)
            await self._http.open(self.address, shifted)

    async def _close(self) -> None:
        self.is_open = False
        await asyncio.gather(self._grpc.close(), self._cgminer.close(), self._http.close())

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _after(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await work()


@asynccontextmanager
async def running_miner(
    address: str,
    hostname: str | None = None,
    *,
    clock: Clock | None = None,
    ports: Ports | None = None,
    boot_seconds: float = 0.2,
) -> AsyncIterator[SimulatedMiner]:
    """A miner in this process, open inside the block."""
    profile = profile_for(address, hostname)
    miner = SimulatedMiner(profile, clock=clock, ports=ports, boot_seconds=boot_seconds)
    await miner.start()
    try:
        yield miner
    finally:
        await miner.stop()
