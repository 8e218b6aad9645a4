"""QRC over plain TCP, port 1710: JSON texts ended by NUL."""

from __future__ import annotations

import asyncio

from apps.qsys.client.errors import QsysUnreachable
from apps.qsys.client.frames import MAX_FRAME, NUL, FrameTooLargeError, NulFrames
from apps.qsys.client.transport import Link, Receiver

PORT = 1710


class _TcpLink(Link):
    def __init__(self, receiver: Receiver, limit: int) -> None:
        super().__init__(receiver)
        self._frames = NulFrames(limit)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._frames.feed(data)
        except FrameTooLargeError as error:
            self.abort(str(error))
            return
        for frame in frames:
            self.receiver.frame_received(frame)


class QrcTransport:
    """One QRC connection to `host`, an address that the caller has already checked."""

    def __init__(self, host: str, port: int = PORT, *, max_frame: int = MAX_FRAME) -> None:
        self._host = host
        self._port = port
        self._max_frame = max_frame
        self._link: _TcpLink | None = None

    @property
    def peer(self) -> str:
        """Address and port."""
        return f"{self._host}:{self._port}"

    async def open(self, receiver: Receiver, *, timeout: float) -> None:
        """Connect; QRC has no handshake, the Core pushes its EngineStatus by itself."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, self._link = await loop.create_connection(
                    lambda: _TcpLink(receiver, self._max_frame), self._host, self._port
                )
        except TimeoutError:
            raise QsysUnreachable(
                f"no connection to {self.peer} within {timeout:.1f} s", sent=False, timed_out=True
            ) from None
        except OSError as error:
            raise QsysUnreachable(f"no connection to {self.peer}: {error}", sent=False) from error

    def full(self) -> bool:
        """Whether senders should wait."""
        return self._link is not None and self._link.full()

    async def drained(self) -> None:
        """Wait for room."""
        if self._link is not None:
            await self._link.drained()

    def send(self, frame: bytes) -> None:
        """Send one JSON text with its NUL."""
        if self._link is not None:
            self._link.write(frame + NUL)

    async def close(self) -> None:
        """Close the socket; the Core drops the change groups with it."""
        if self._link is not None:
            await self._link.close()
