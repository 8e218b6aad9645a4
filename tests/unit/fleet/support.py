"""A tiny real device over TCP, its driver and its poller, for tests of sessions and shards."""

import asyncio
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from apps.fleet.drivers import Address, Probe
from apps.fleet.hold import ShardHold
from apps.fleet.services import Reading, state_write_many
from apps.kernel import clock
from apps.kernel.actor import Actor, system_actor
from apps.kernel.errors import Code, Failure
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face


class EchoDevice:
    """Answers lines: `WHO` with its identity, `SET n` with what it had, anything with itself.

    `mute` keeps it from answering, `drop` makes it hang up on every request, `refuse` on every
    connection.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.serial, self.value = "ECHO-1", 0
        self.mute = self.drop = self.refuse = False
        self.connections = 0
        self.requests: list[str] = []
        self.logins: list[str] = []
        self.open: set[socket.socket] = set()
        device = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                device.connections += 1
                device.open.add(self.connection)
                try:
                    device.talk(self)
                except OSError:
                    pass
                finally:
                    device.open.discard(self.connection)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server((host, 0), Handler)
        self.host, self.port = host, int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def talk(self, handler: socketserver.StreamRequestHandler) -> None:
        for raw in handler.rfile:
            line = raw.decode().strip()
            if self.refuse:
                return
            if line.startswith("LOGIN"):
                self.logins.append(line.removeprefix("LOGIN").strip())
                handler.wfile.write(b"hello\n")
                continue
            self.requests.append(line)
            if line.startswith("SET"):
                line, self.value = str(self.value), int(line.split()[1])
            if self.drop:
                return
            while self.mute:
                time.sleep(0.02)
            if line == "WHO":
                line = f"{self.serial} 00:11:22:33:44:55 echo 1.0"
            handler.wfile.write(f"{line}\n".encode())

    def hang_up(self) -> None:
        """Cut every connection that is open."""
        for one in list(self.open):
            one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self.mute = False
        self._server.shutdown()
        self._server.server_close()
        self.hang_up()


class EchoError(Exception):
    """The link broke; `sent` tells whether a request had left."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the link broke")
        self.sent = sent


class EchoSession:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._lock = asyncio.Lock()
        self.closed = False

    @property
    def alive(self) -> bool:
        return not self.closed and not self._writer.is_closing()

    async def ask(self, line: str) -> str:
        async with self._lock:
            if self._reader.at_eof():
                raise EchoError(sent=False)
            self._writer.write(f"{line}\n".encode())
            answer = await self._reader.readline()
        if not answer:
            self.closed = True
            raise EchoError(sent=True)
        return answer.decode().strip()

    async def close(self) -> None:
        self.closed = True
        self._writer.close()


class EchoDriver:
    name = "echo"
    kind = "core"
    errors: tuple[type[Exception], ...] = (EchoError,)
    secrets: tuple[str, ...] = ("user", "pin")
    default_ports: Mapping[str, int] = {"echo": 9}
    budget = 8

    def details(self, device_id: UUID, *, within: float) -> Mapping[str, Any]:
        return {}

    async def connect(self, address: Address, *, timeout: float) -> EchoSession:
        try:
            reader, writer = await asyncio.open_connection(address.host, address.ports["echo"])
        except OSError as error:
            raise EchoError(sent=False) from error
        session = EchoSession(reader, writer)
        await session.ask(f"LOGIN {address.credential.get('pin', '')}")
        return session

    async def probe(self, session: Any, *, timeout: float) -> Probe:
        serial, mac, model, firmware = (await session.ask("WHO")).split()
        return Probe(serial=serial, mac=mac, model=model, firmware=firmware, summary={"ok": True})

    def failure(self, error: EchoError, *, changing: bool) -> Failure:
        if error.sent and changing:
            return Failure(Code.INDETERMINATE, "Sent, and no answer came.")
        return Failure(Code.UNREACHABLE, "The echo device does not answer.")


class EchoPoller:
    """Writes a reading of every device each beat."""

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.cancelled = False
        self.stubborn = False

    async def run(self, shard: ShardHold) -> None:
        self.epochs.append(shard.epoch)
        try:
            while self.stubborn or shard.held():
                devices = await shard.devices()
                readings = [Reading(device.id, clock.now(), {"polled": True}) for device in devices]
                await shard.database(state_write_many, shard.key, readings)
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def context(seconds: float = 2.0, *, actor: Actor | None = None, **fields: Any) -> Context:
    """A context with so many seconds left."""
    call = Call(
        operation="fleet.test.call",
        input={},
        actor=actor or system_actor("test"),
        face=Face.REST,
    )
    return Context(call=call, deadline=clock.monotonic() + seconds, **fields)


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until the condition holds; fails after so many seconds."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(0.02)
