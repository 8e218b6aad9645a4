"""The three servers for real: answering without a database, and leaving when told."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apps.ops.launcher.commands import Commands
from apps.ops.launcher.state import CHECKOUT
from tests.support.engines import until
from tests.support.plane import free_port

SERVERS = ("granian", "uvicorn", "daphne")
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
START_SECONDS = 40.0
LEAVE_SECONDS = 5.0


@dataclass
class Web:
    """A running web process."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        """Status, headers and JSON (or text) of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(
            method, path, body, {key.replace("_", "-"): value for key, value in headers.items()}
        )
        answer = connection.getresponse()
        raw = answer.read()
        connection.close()
        is_json = "json" in (answer.getheader("content-type") or "")
        return answer.status, answer, json.loads(raw) if is_json else raw

    def is_up(self) -> bool:
        try:
            return bool(self.ask("GET", "/health")[0] == 200)
        except OSError:
            return False

    def leave(self) -> float:
        """Seconds from SIGTERM to the end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return time.monotonic() - began


@contextmanager
def running(server: str, folder: Path, **environ: str) -> Iterator[Web]:
    port = free_port()
    command = Commands(python=sys.executable, port=port, server=server).web()
    log = folder / f"{server}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env={**os.environ, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    web = Web(process, port)
    try:
        until(web.is_up, START_SECONDS, lambda: log.read_text()[-3000:])
        yield web
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


@pytest.fixture(scope="module", params=SERVERS)
def away(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web process whose database is not there."""
    folder = tmp_path_factory.mktemp(request.param)
    with running(request.param, folder, DATABASE_URL=NOWHERE) as web:
        yield web


def test_without_a_database_it_lives_but_is_not_ready(away: Web) -> None:
    status, _, body = away.ask("GET", "/health")
    assert (status, body["status"]) == (200, "error")
    status, _, body = away.ask("GET", "/ready")
    assert (status, body["checks"]["database"]) == (503, "PostgreSQL does not answer.")
    assert body["checks"]["valkey"] == "ok"


def test_without_a_database_nothing_can_be_counted(away: Web) -> None:
    status, _, body = away.ask("GET", "/metrics")
    assert (status, body["code"]) == (503, "busy")


def test_a_pure_read_needs_no_database(away: Web) -> None:
    status, answer, body = away.ask(
        "POST",
        "/api/v1/operations/system.ping",
        b"{}",
        Content_Type="application/json",
        X_Request_ID="a-1",
    )
    assert (status, body["output"]["pong"]) == (200, True)
    assert answer.getheader("x-request-id") == "a-1"


def test_a_key_cannot_be_checked_without_it(away: Web) -> None:
    status, answer, body = away.ask("GET", "/api/v1/jobs/", X_API_Key="cp_aaaaaaaa_b")
    assert (status, body["code"]) == (503, "busy")
    assert answer.getheader("retry-after") == "2"


def test_a_chunked_body_arrives(away: Web) -> None:
    with socket.create_connection(("127.0.0.1", away.port), timeout=10) as link:
        link.sendall(
            b"POST /api/v1/operations/system.ping HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n1\r\n]\r\n0\r\n\r\n"
        )
        text = b""
        while piece := link.recv(65_536):
            text += piece
    assert b" 400 " in text.partition(b"\r\n")[0]
    assert b"is not an object" in text


def test_a_large_body_is_refused(away: Web) -> None:
    status, _, body = away.ask(
        "POST",
        "/api/v1/operations/system.ping",
        b'{"input": {"a": "%s"}}' % (b"x" * 1_048_576),
        Content_Type="application/json",
    )
    assert (status, body["code"]) == (413, "too_large")


@pytest.mark.parametrize("server", SERVERS)
def test_told_to_leave_it_leaves(server: str, tmp_path: Path) -> None:
    with (
        running(server, tmp_path, DATABASE_URL=NOWHERE) as web,
        socket.create_connection(("127.0.0.1", web.port)) as idle,
        socket.create_connection(("127.0.0.1", web.port)) as unfinished,
    ):
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(100)
        unfinished.sendall(
            b"POST /api/v1/operations/system.ping HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        assert web.ask("POST", "/api/v1/operations/system.ping", b"{}")[0] in (200, 415)
        assert web.leave() < LEAVE_SECONDS
