"""Readiness is what the web process says over HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from apps.ops.launcher import ready
from tests.support.plane import free_port


class Answer(BaseHTTPRequestHandler):
    """Answers /ready and /health with 200, everything else with 503."""

    def do_GET(self) -> None:
        good = self.path in ("/ready", "/health")
        self.send_response(200 if good else 503)
        self.end_headers()
        self.wfile.write(b"fine" if good else b"migrations are missing")

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_200_is_ready(url: str) -> None:
    assert ready.Readiness(url).reached()


def test_refusal_is_remembered_with_its_reason(url: str) -> None:
    readiness = ready.Readiness(url, "/elsewhere")
    assert not readiness.reached()
    assert readiness.last == "HTTP 503 migrations are missing"


def test_nobody_listening_is_remembered() -> None:
    readiness = ready.Readiness(f"http://127.0.0.1:{free_port()}")
    assert not readiness.reached()
    assert "refused" in readiness.last


def test_health_check_of_a_container_exits_with_the_verdict(url: str) -> None:
    assert ready.main([url, "/health"]) == 0
    assert ready.main([url, "/elsewhere"]) == 1
