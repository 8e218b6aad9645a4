"""The last step before the socket, where answers become slow, broken in pieces, or cut off."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Iterator

from apps.qsys.simulator.faults import Faults

LINGER_ZERO = struct.pack("ii", 1, 0)
#: How often (s) a pulled cable is looked at.
LOOK = 0.02
#: Bytes of a frame without end that wait in this process; the rest is made when they are gone.
MOST_WAITING = 1024 * 1024


class Pipe:
    """Writes to one transport under the faults in force, always in order."""

    def __init__(self, wire: asyncio.Transport, faults: Faults) -> None:
        self._wire = wire
        self._faults = faults
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._endless: Iterator[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Send bytes now, or as late and as broken as the faults want."""
        if self._endless is not None:
            return  # Nothing else can be said inside a frame.
        faults = self._faults
        if faults.noise:
            data, faults.noise = _noise(faults.noise) + data, 0
        if not (faults.delay or faults.chunk or faults.vanished or self._waiting):
            self._emit(data)
            return
        due = asyncio.get_running_loop().time() + faults.delay
        size = faults.chunk or len(data)
        for start in range(0, len(data), size):
            self._waiting.append((due, data[start : start + size]))
            due += faults.pause if faults.chunk else 0.0
        self._pump()

    def pour(self, pieces: Iterator[bytes]) -> None:
        """Send these as fast as they are taken, and nothing else any more."""
        self._endless = pieces
        self.go_on()

    def go_on(self) -> None:
        """There is room again in the socket."""
        while self._endless is not None and self._wire.get_write_buffer_size() < MOST_WAITING:
            piece = next(self._endless, None)
            if piece is None or self._wire.is_closing():
                return
            self._wire.write(piece)

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        sock = self._wire.get_extra_info("socket")
        if sock is not None and not self._wire.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self.stop()
        self._wire.abort()

    def stop(self) -> None:
        """Forget what still waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        if self._faults.vanished:
            self._timer = loop.call_later(LOOK, self._pump)
            return
        while self._waiting and self._waiting[0][0] <= loop.time():
            self._emit(self._waiting.popleft()[1])
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0][0], self._pump)

    def _emit(self, data: bytes) -> None:
        if self._wire.is_closing():
            return
        left = self._faults.cut_after
        if left is None:
            self._wire.write(data)
        elif len(data) < left:
            self._faults.cut_after = left - len(data)
            self._wire.write(data)
        else:
            self._faults.cut_after = None
            self._wire.write(data[:left])
            self._wire.close()


def _noise(size: int) -> bytes:
    """Bytes without a meaning, the same for each size."""
    return random.Random(size).randbytes(size)  # noqa: S311  noise, not a secret
