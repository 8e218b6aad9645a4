"""A real ASGI server with the MCP face, in a process of its own, on the test database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from apps.ops.launcher.commands import Commands
from tests.support.engines import until
from tests.support.plane import free_port, listens

APPLICATION = "tests.parties.mcp_mount:application"
SERVERS = ("granian", "daphne", "uvicorn")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Serving:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> float:
        """Seconds from SIGTERM to the end of the process; fails when it does not end."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(10)
        return time.monotonic() - began


def command(kind: str, port: int, application: str = APPLICATION) -> list[str]:
    """How the product starts each server, with another application."""
    return [*Commands(port=port, server=kind).web()[:-1], application]


def test_environment(**more: str) -> dict[str, str]:
    """What a process needs to work on the database of the running tests."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = settings.DATABASES["default"]["NAME"]
    database = urlunsplit(url._replace(path=f"/{name}"))
    return {**os.environ, "DATABASE_URL": database, **more}


@contextmanager
def serving(kind: str, application: str = APPLICATION, **environ: str) -> Iterator[Serving]:
    """The server, from its first answer to its end."""
    port = free_port()
    process = subprocess.Popen(
        command(kind, port, application), cwd=ROOT, env=test_environment(**environ)
    )
    try:
        until(lambda: process.poll() is not None or listens(port), 90, lambda: kind)
        assert process.poll() is None, f"{kind} did not start"
        yield Serving(f"http://127.0.0.1:{port}/mcp", process)
    finally:
        end(process)


@contextmanager
def working() -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the suites' jobs, on the database of the running tests."""
    command = [sys.executable, "-m", "tests.parties.conformance_worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=test_environment())
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a server whatever happened; asked first, as granian's worker outlives its parent."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(6)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
