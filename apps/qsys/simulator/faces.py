"""The doors of a simulated Core: QRC with NUL framing, and QRWC over WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from apps.qsys.simulator.core import Core
from apps.qsys.simulator.methods import METHODS
from apps.qsys.simulator.outlet import LOOK, Pipe
from apps.qsys.simulator.peer import Peer

PATHS = ("/qrc-public-api/v0", "/qrc")
NUL = b"\0"
LARGEST_REQUEST = 16 * 1024 * 1024
#: Bytes of a frame without end that are made at once.
PIECE = 64 * 1024


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
        self._cable: asyncio.TimerHandle | None = None
        self._unheard = b""

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
        for timer in (self._timer, self._cable):
            if timer is not None:
                timer.cancel()
        self.pipe.stop()
        self.peer.lost()

    def data_received(self, data: bytes) -> None:
        if self.core.faults.vanished:
            self._unheard += data
            self.wire.pause_reading()
            self._watch_cable()
            return
        self._heard = asyncio.get_running_loop().time()
        self.heard(data)

    def resume_writing(self) -> None:
        self.pipe.go_on()

    def greet(self) -> None:
        """The connection can carry frames now."""
        self.peer.opened()

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        self.pipe.reset()

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""
        raise NotImplementedError

    def pour(self) -> None:
        """Begin a frame of as many bytes as the faults want, which never ends."""
        size, self.core.faults.endless = self.core.faults.endless, 0
        self.pipe.pour(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """A frame of so many bytes, without its end, as it goes over the wire."""
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
        if self.core.faults.vanished:
            self._heard = loop.time()
            self._timer = loop.call_later(LOOK, self._watch_idle)
            return
        if loop.time() - self._heard >= self._idle:
            self.wire.close()
            return
        self._timer = loop.call_at(self._heard + self._idle, self._watch_idle)

    def _watch_cable(self) -> None:
        """Read on once the cable is in again; what was sent meanwhile waits in the sockets."""
        if self.core.faults.vanished:
            loop = asyncio.get_running_loop()
            self._cable = loop.call_later(LOOK, self._watch_cable)
            return
        self.wire.resume_reading()
        unheard, self._unheard = self._unheard, b""
        self.data_received(unheard)


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

    def pieces(self, size: int) -> Iterator[bytes]:
        """One text without its NUL."""
        return _filler(size)


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

    def pieces(self, size: int) -> Iterator[bytes]:
        """One message in fragments, without its last."""
        opcode = Opcode.TEXT
        for data in _filler(size):
            yield Frame(opcode, data, fin=False).serialize(mask=False)
            opcode = Opcode.CONT

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


def _filler(size: int) -> Iterator[bytes]:
    """The beginning of a JSON text of so many bytes, in pieces."""
    begin = b'{"jsonrpc":"2.0","result":"'
    yield begin
    for start in range(len(begin), size, PIECE):
        yield b"x" * min(PIECE, size - start)
