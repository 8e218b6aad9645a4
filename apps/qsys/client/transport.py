"""What a session needs from the wire below it, and what the wire tells the session."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from apps.qsys.client.errors import QsysUnreachable


class Receiver(Protocol):
    """The upper side: gets whole frames, and once the news that no more will come."""

    def frame_received(self, frame: bytes) -> None:
        """One JSON text, exactly as it came."""

    def connection_lost(self, error: QsysUnreachable) -> None:
        """The connection is gone; `error.sent` is meaningless here."""


class Transport(Protocol):
    """The lower side: one connection, used once."""

    @property
    def peer(self) -> str:
        """Where it leads, for people: `192.0.2.1:1710`."""

    async def open(self, receiver: Receiver, *, timeout: float) -> None:
        """Connect within `timeout` seconds; raises QsysUnreachable (not sent) or QsysRefused."""

    def full(self) -> bool:
        """Whether the peer reads too slowly, so that a sender should wait in `drained`."""

    async def drained(self) -> None:
        """Returns when there is room again or the connection is gone."""

    def send(self, frame: bytes) -> None:
        """Hand one JSON text to the kernel or its buffer."""

    async def close(self) -> None:
        """Close and wait until it is closed; harmless when it already is."""


class Link(asyncio.Protocol):
    """The part of an asyncio protocol that every transport shares: flow control and the end."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.wire: asyncio.Transport | None = None
        self.failure: str | None = None
        self.gone = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, as uvloop's transports are no subclass of asyncio's.
        self.wire = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def full(self) -> bool:
        """Whether the send buffer is above its mark."""
        return not self._room.is_set()

    async def drained(self) -> None:
        """Wait for room; a lost connection counts as room, the next send will say so."""
        await self._room.wait()

    def write(self, data: bytes) -> None:
        """Send bytes; nothing happens on a closed connection, whose end is reported apart."""
        if self.wire is not None and not self.wire.is_closing():
            self.wire.write(data)

    def abort(self, reason: str) -> None:
        """Give the connection up at once, for a reason that the session will report."""
        self.failure = self.failure or reason
        if self.wire is not None:
            self.wire.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        self._room.set()
        reason = self.failure or (str(exc) if exc else "closed by the Core")
        self.receiver.connection_lost(QsysUnreachable(f"connection lost: {reason}", sent=True))

    async def close(self, grace: float = 1.0) -> None:
        """Flush and close; what is not gone after `grace` seconds is aborted."""
        if self.wire is None:
            return
        self.wire.close()
        try:
            await asyncio.wait_for(self.gone.wait(), grace)
        except TimeoutError:
            self.abort("closed by us")
