"""A real ASGI server in a process of its own, and readers that listen to it in threads."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.plane import free_port

APPLICATION = "tests.unit.live.application:application"
DEADLINE = 10.0


def until(condition: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """The first true value of `condition`; fails after `seconds`."""
    give_up = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < give_up, f"not within {seconds:g} s"
        time.sleep(0.01)
    return value


def commands(port: int, application: str) -> dict[str, list[str]]:
    """How each server is started on loopback."""
    here = ["--host", "127.0.0.1", "--port", str(port)]
    return {
        "uvicorn": ["uvicorn", application, *here, "--log-level", "warning"],
        "granian": ["granian", "--interface", "asgi", *here, "--log-level", "warning", application],
        "daphne": ["daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", application],
    }


@contextmanager
def server(kind: str, application: str = APPLICATION, **environ: str) -> Iterator[str]:
    """The address of a running server on the test database."""
    port = free_port()
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{settings.DATABASES['default']['NAME']}"))
    process = subprocess.Popen(
        [sys.executable, "-m", *commands(port, application)[kind]],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "DATABASE_URL": database, **environ},
    )
    try:
        until(lambda: process.poll() is not None or answers(port), 30)
        assert process.poll() is None, f"{kind} did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


class Reader:
    """Collects what a stream says; `words` are its own, `events` the rest, in order."""

    WORDS = frozenset(
        {"open", "gap", "missed", "closed", "heartbeat", "pong", "error", "subscribed"}
    )

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self.word("open") or self.ended.is_set())
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self._thread.join(5)

    def stop(self) -> None:
        """Hang up."""
        raise NotImplementedError

    def listen(self) -> None:
        """Read until the end."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            self.listen()
        except (httpx.HTTPError, httpx.StreamError, ConnectionClosed, OSError):
            pass
        finally:
            self.ended.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one for one in list(self.messages) if one["type"] not in self.WORDS]

    def word(self, type: str) -> dict[str, Any] | None:
        """The stream's latest word of a type."""
        found = [one for one in list(self.messages) if one["type"] == type]
        return found[-1] if found else None

    def names(self) -> list[str]:
        """The `name` of every event, in order."""
        return [str(one["data"].get("name")) for one in self.events]


class SseReader(Reader):
    """An event stream."""

    def __init__(self, url: str, *, headers: dict[str, str], query: str = "") -> None:
        super().__init__()
        self.comments = 0
        self._url, self._headers = f"{url}/events{query}", headers

    def stop(self) -> None:
        # Closing the client would not wake a thread that waits in recv.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def listen(self) -> None:
        with (
            httpx.Client(timeout=30) as client,
            client.stream("GET", self._url, headers=self._headers) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            self._socket = answer.extensions["network_stream"].get_extra_info("socket")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    self.messages.append(json.loads(line[6:]))
                elif line.startswith(":"):
                    self.comments += 1


class SocketReader(Reader):
    """A WebSocket."""

    def __init__(self, url: str, *, headers: dict[str, str] | None = None, query: str = "") -> None:
        super().__init__()
        address = f"{url.replace('http', 'ws')}/ws/events{query}"
        self._open = connect(address, additional_headers=headers, proxy=None)
        self.socket = self._open.__enter__()

    def stop(self) -> None:
        self.socket.close()

    def send(self, **message: Any) -> None:
        """Say something to the server."""
        self.socket.send(json.dumps(message))

    def listen(self) -> None:
        for text in self.socket:
            self.messages.append(json.loads(text))
