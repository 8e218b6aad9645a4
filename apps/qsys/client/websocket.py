"""QRWC: the same JSON texts over WebSocket (80) or secure WebSocket (443), one a text frame."""

from __future__ import annotations

import asyncio
import ssl

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from apps.qsys.client.errors import QsysError, QsysRefused, QsysUnreachable, QsysUntrusted
from apps.qsys.client.frames import MAX_FRAME
from apps.qsys.client.tls import Trust, fingerprint_of
from apps.qsys.client.transport import Link, Receiver

PATH = "/qrc-public-api/v0"
UNAUTHORISED = (401, 403)


class _WebSocketLink(Link):
    """websockets' Sans-I/O protocol on an asyncio transport.

    Used below its `connect` on purpose: that follows redirects and honours proxies of the
    environment, and a device address that was checked must be the one that is talked to.
    """

    def __init__(self, receiver: Receiver, uri: str, limit: int) -> None:
        super().__init__(receiver)
        self._protocol = ClientProtocol(parse_uri(uri), max_size=limit)
        self._parts: list[bytes] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def upgrade(self) -> None:
        """Ask for the WebSocket."""
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
        self._flush()
        self._settle_upgrade()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(QsysUnreachable("closed during the upgrade", sent=False))
            # Nobody awaits it when the certificate was refused: mark it as seen.
            self.opened.exception()
        super().connection_lost(exc)

    def send(self, frame: bytes) -> None:
        """Send one text frame; dropped when the socket is closing, whose end is reported apart."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(frame)
            self._flush()

    def say_goodbye(self) -> None:
        """Start the closing handshake."""
        self.failure = self.failure or "closed by us"
        if self._protocol.state is State.OPEN:
            self._protocol.send_close()
            self._flush()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.fin and not self._parts:
            self.receiver.frame_received(bytes(frame.data))
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            whole, self._parts = b"".join(self._parts), []
            self.receiver.frame_received(whole)

    def _settle_upgrade(self) -> None:
        if self.opened.done():
            return
        if self._protocol.handshake_exc is not None:
            self.opened.set_exception(_refusal(self._protocol.handshake_exc))
        elif self._protocol.state is State.OPEN:
            self.opened.set_result(None)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.write(data)
            elif self.wire is not None and self.wire.can_write_eof():
                self.wire.write_eof()
        if self._protocol.close_expected() and self.wire is not None and self.opened.done():
            broken = self._protocol.parser_exc
            self.failure = self.failure or (str(broken) if broken else "closed by the Core")
            self.wire.close()


def _refusal(error: Exception) -> QsysError:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in UNAUTHORISED:
            return QsysRefused(f"the Core answered the WebSocket upgrade with HTTP {status}")
        return QsysUnreachable(
            f"the Core answered the WebSocket upgrade with HTTP {status}: is remote WebSocket "
            "control enabled in its network services?",
            sent=False,
        )
    return QsysUnreachable(f"the WebSocket upgrade failed: {error}", sent=False)


class QrwcTransport:
    """One QRWC connection to `host`; with `trust` it is secure, without it plain.

    `host` is an address that the caller has already checked; the name in the certificate may
    differ (`trust.server_name`).
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        trust: Trust | None = None,
        path: str = PATH,
        max_frame: int = MAX_FRAME,
    ) -> None:
        self._host = host
        self._port = port or (443 if trust else 80)
        self._trust = trust
        self._path = path
        self._max_frame = max_frame
        self._link: _WebSocketLink | None = None
        self.fingerprint = ""
        """The hex SHA-256 of the certificate that was shown; blank before, and without TLS."""

    @property
    def peer(self) -> str:
        """The URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'wss' if self._trust else 'ws'}://{host}:{self._port}{self._path}"

    async def open(self, receiver: Receiver, *, timeout: float) -> None:
        """Connect, check the certificate before any byte of ours leaves, and upgrade."""
        try:
            async with asyncio.timeout(timeout):
                self._link = await self._connect(receiver)
                self._link.upgrade()
                await self._link.opened
        except TimeoutError:
            self._drop()
            raise QsysUnreachable(
                f"no connection to {self.peer} within {timeout:.1f} s", sent=False, timed_out=True
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise QsysUntrusted(
                f"the certificate of {self.peer} is not trusted ({error.verify_message}): "
                "pin its fingerprint or install a certificate of a known authority."
            ) from error
        except (OSError, InvalidHandshake, WebSocketException) as error:
            self._drop()
            raise QsysUnreachable(f"no connection to {self.peer}: {error}", sent=False) from error
        except QsysError:
            self._drop()
            raise

    async def _connect(self, receiver: Receiver) -> _WebSocketLink:
        context = self._trust.context() if self._trust else None
        name = (self._trust.server_name or self._host) if self._trust else None
        wire, link = await asyncio.get_running_loop().create_connection(
            lambda: _WebSocketLink(receiver, self.peer, self._max_frame),
            self._host,
            self._port,
            ssl=context,
            server_hostname=name,
        )
        self._link = link
        if self._trust:
            connection = wire.get_extra_info("ssl_object")
            self.fingerprint = fingerprint_of(connection)
            self._trust.check(connection)
        return link

    def _drop(self) -> None:
        if self._link is not None:
            self._link.abort("not opened")

    def full(self) -> bool:
        """Whether senders should wait."""
        return self._link is not None and self._link.full()

    async def drained(self) -> None:
        """Wait for room."""
        if self._link is not None:
            await self._link.drained()

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""
        if self._link is not None:
            self._link.send(frame)

    async def close(self) -> None:
        """Close with the WebSocket handshake, at least its first half."""
        if self._link is not None:
            self._link.say_goodbye()
            await self._link.close()
