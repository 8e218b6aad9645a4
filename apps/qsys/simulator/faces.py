"""The doors of a simulated Core: QRC with NUL framing, and QRWC over WebSocket."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from apps.qsys.simulator.core import Core
from apps.qsys.simulator.methods import METHODS
from apps.qsys.simulator.outlet import Pipe
from apps.qsys.simulator.peer import Peer

PATHS = ("/qrc-public-api/v0", "/qrc")
NUL = b"\0"
LARGEST_REQUEST = 16 * 1024 * 1024


class Door(asyncio.Protocol):
    """What both doors share: one connection, its idle limit (s), and the faults at its start."""

    wire: asyncio.Transport
    pipe: Pipe

    def __init__(self, core: Core, face: str, idle: float) -> None:
        self.core = core
        self.peer = Peer(core, face, self, METHODS)
        self._idle = idle
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._opened = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, as uvloop's transports are no subclass of asyncio's.
        self.wire = cast(asyncio.Transport, transport)
        self.pipe = Pipe(self.wire, self.core.faults)
        if self.core.faults.shut:
            self.wire.abort()
            return
        self._heard = asyncio.get_running_loop().time()
        self._watch_idle()
        self.ready()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.pipe.stop()
        self.peer.lost()

    def data_received(self, data: bytes) -> None:
        self._heard = asyncio.get_running_loop().time()
        self.heard(data)

    def greet(self) -> None:
        """The connection can carry frames now."""
        self.peer.opened()

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        self.pipe.reset()

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""
        raise NotImplementedError

    def ready(self) -> None:
        """The socket stands."""
        raise NotImplementedError

    def heard(self, data: bytes) -> None:
        """Bytes from the client."""
        raise NotImplementedError

    def _watch_idle(self) -> None:
        """Close when nothing was heard for the idle time; what we push does not count."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._heard >= self._idle:
            self.wire.close()
            return
        self._timer = loop.call_at(self._heard + self._idle, self._watch_idle)


class QrcDoor(Door):
    """JSON texts ended by NUL, over TCP."""

    def __init__(self, core: Core, face: str, idle: float) -> None:
        super().__init__(core, face, idle)
        self._tail = b""

    def ready(self) -> None:
        self.greet()

    def heard(self, data: bytes) -> None:
        *frames, self._tail = (self._tail + data).split(NUL)
        if len(self._tail) > LARGEST_REQUEST:
            self.reset()
            return
        for frame in frames:
            if frame:
                self.peer.received(frame)

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""
        self.pipe.write(frame + NUL)


class QrwcDoor(Door):
    """One JSON text a text frame, over WebSocket."""

    def __init__(self, core: Core, face: str, idle: float) -> None:
        super().__init__(core, face, idle)
        self._protocol = ServerProtocol(max_size=LARGEST_REQUEST)
        self._parts: list[bytes] = []

    def ready(self) -> None:
        """Nothing to say before the upgrade."""

    def heard(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._upgrade(event)
            elif isinstance(event, Frame):
                self._frame(event)
        self._flush()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(frame)
            self._flush()

    def _upgrade(self, request: Request) -> None:
        if request.path.partition("?")[0] in PATHS:
            self._protocol.send_response(self._protocol.accept(request))
        else:
            self._protocol.send_response(self._protocol.reject(HTTPStatus.NOT_FOUND, "no\n"))
        self._flush()
        if self._protocol.state is State.OPEN:
            self.greet()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            whole, self._parts = b"".join(self._parts), []
            self.peer.received(whole)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.pipe.write(data)
        if self._protocol.close_expected():
            self.wire.close()
