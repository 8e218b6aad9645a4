"""Simulated Cores for tests: in this process or their own, and scripted peers on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from apps.qsys.client import QrcTransport, QrwcTransport, QsysSession, Transport, Trust
from apps.qsys.simulator import CoreHost, running_core

OFFSET = 8000
ROOT = Path(__file__).resolve().parents[2]
FACES = ("qrc", "ws", "wss")
Script = Callable[[dict[str, Any]], list[bytes]]


def transport_to(host: CoreHost, face: str = "qrc") -> Transport:
    """A transport to one door of a Core, its certificate pinned."""
    if face == "qrc":
        return QrcTransport(host.address, host.ports["qrc"])
    trust = Trust(host.certificate.fingerprint) if face == "wss" else None
    return QrwcTransport(host.address, host.ports[face], trust=trust)


@contextlib.asynccontextmanager
async def connected(
    face: str = "qrc", *, session: dict[str, Any] | None = None, **core: Any
) -> AsyncIterator[tuple[CoreHost, QsysSession]]:
    """A Core and a session with it; `core` goes to running_core, `session` to QsysSession."""
    async with (
        running_core(**core) as host,
        QsysSession(transport_to(host, face), **(session or {})) as client,
    ):
        yield host, client


async def until(condition: Callable[[], object], deadline: float = 5.0) -> None:
    """Wait for a condition, at most `deadline` seconds."""
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110  conditions are states of others, not events
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    """A peer that answers each NUL-ended request with the bytes of `script`, and keeps them.

    It stands for documented firmware which the simulated Core does not speak by itself.
    """
    heard: list[dict[str, Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                heard.append(json.loads((await reader.readuntil(b"\0"))[:-1]))
                for frame in script(heard[-1]):
                    writer.write(frame)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


def frame(**members: Any) -> bytes:
    """A NUL-ended JSON object."""
    return json.dumps(members).encode() + b"\0"


class Site:
    """A running simulator process with its Cores, by address."""

    def __init__(self, process: subprocess.Popen[str], control: str, output: list[str]) -> None:
        self.process = process
        self.output = output
        self._control = control
        self.cores: dict[str, dict[str, Any]] = {
            one["core"]: one for one in self.order(do="cores")["cores"]
        }

    def order(self, **members: Any) -> dict[str, Any]:
        """Send one order and return its answer, which must be ok."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(self._control)
            line.sendall(json.dumps(members).encode() + b"\n")
            answer: dict[str, Any] = json.loads(line.makefile().readline())
        assert answer["ok"], answer
        return answer


def own_address(number: int = 1) -> str:
    """A loopback address that no other test process uses."""
    pid = os.getpid()
    return f"127.{40 + number}.{pid >> 8 & 255}.{pid & 255 or 255}"


@contextlib.contextmanager
def simulator_process(*options: str, cores: int = 1) -> Iterator[Site]:
    """Start the simulator as anyone would, on unprivileged ports; stopped by SIGTERM at the end."""
    with tempfile.TemporaryDirectory(prefix="qsys") as folder:
        control = f"{folder}/control"
        addresses = [f"--core={own_address(n)}=Core {n}" for n in range(1, cores + 1)]
        command = [sys.executable, "-m", "apps.qsys.simulator", *addresses, *options]
        command += ["--control", control, "--port-offset", str(OFFSET)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield Site(process, control, _until_ready(process))
        finally:
            process.terminate()
            process.wait(timeout=10)
            assert process.stdout is not None
            process.stdout.close()


def _until_ready(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if lines[-1] == "ready":
            return lines
    raise AssertionError(f"the simulator ended before it was ready: {lines}")
