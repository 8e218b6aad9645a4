"""Simulated miners for tests: in this process or their own, with a client at hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from apps.miners.client import MinerClient
from apps.miners.client.types import ImageMetadata
from apps.miners.simulator import SimulatedMiner, running_miner

ROOT = Path(__file__).resolve().parents[2]
NEW_VERSION = "2026-08-25-0-1a2b3c4d-26.08.1-plus"


def own_address(number: int = 1) -> str:
    """A loopback address that no other test process uses (numbers 1 to 40)."""
    pid = os.getpid()
    return f"127.{100 + number}.{pid >> 8 & 255}.{pid & 255 or 256 - 1}"


def own_network() -> IPv4Network:
    """Fourteen loopback addresses in a row that no other test process uses."""
    pid = os.getpid()
    start = f"127.{224 + (pid >> 12 & 15)}.{pid >> 4 & 255}.{(pid & 15) << 4}"
    return IPv4Network(f"{start}/28")


@contextlib.asynccontextmanager
async def connected(
    *, password: str = "root", **options: Any
) -> AsyncIterator[tuple[SimulatedMiner, MinerClient]]:
    """A miner in this process and a client of it; `options` go to running_miner."""
    async with running_miner(own_address(), **options) as miner:
        client = MinerClient(miner.address, miner.ports.grpc, password=password)
        try:
            yield miner, client
        finally:
            await client.close()


async def until(condition: Callable[[], object], deadline: float = 5.0) -> None:
    """Waits for a condition, at most `deadline` seconds."""
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110 - conditions are states of others, not events
            await asyncio.sleep(0.005)


def metadata_of(image: bytes) -> ImageMetadata:
    """What is truly to be declared of an image."""
    return ImageMetadata(len(image), sha256(image).hexdigest())


async def pieces(data: bytes, size: int = 1 << 20) -> AsyncIterator[bytes]:
    """The bytes in pieces of `size`."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@dataclass
class Process:
    """A simulator in a process of its own."""

    popen: subprocess.Popen[str]
    lines: list[str]
    control: Path

    def order(self, **members: Any) -> dict[str, Any]:
        """Sends one control line and returns the answer as it comes."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(str(self.control))
            line.sendall(json.dumps(members).encode() + b"\n")
            answer: dict[str, Any] = json.loads(line.makefile().readline())
        return answer

    def stop(self) -> float:
        """Ends it by SIGTERM; seconds it took."""
        began = time.monotonic()
        self.popen.terminate()
        self.popen.wait(timeout=10)
        return time.monotonic() - began


@contextlib.contextmanager
def simulator_process(*options: str, miners: int = 1) -> Iterator[Process]:
    """Starts the simulator as anyone would; stopped by SIGTERM at the end."""
    with tempfile.TemporaryDirectory(prefix="miners") as folder:
        control = Path(folder) / "control"
        command = [sys.executable, "-m", "apps.miners.simulator", "--control", str(control)]
        for number in range(1, miners + 1):
            command += ["--miner", f"{own_address(number)}=m{number}"]
        popen = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield Process(popen, until_ready(popen), control)
        finally:
            popen.terminate()
            popen.wait(timeout=60)  # a thousand miners on a busy machine take their time
            assert popen.stdout is not None
            popen.stdout.close()


def until_ready(popen: subprocess.Popen[str]) -> list[str]:
    """The lines printed up to `ready`."""
    assert popen.stdout is not None
    lines: list[str] = []
    for line in popen.stdout:
        lines.append(line.rstrip())
        if lines[-1] == "ready":
            return lines
    raise AssertionError(f"the simulator ended before it was ready: {lines}")
