"""Told to stop, each server ends in time, whatever of the MCP face was used and is still open."""

import contextlib
import http.client
import json
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.accounts.authenticate import forget_all
from tests.parties.mcp_serving import SERVERS, serving
from tests.support import factories

STOP_SECONDS = 5


class Client:
    """A handshake client that can be asked things, so that it has a session."""

    def __init__(self, url: str, key: str) -> None:
        self._address = urlsplit(url)
        self._headers = {
            "X-API-Key": key,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }

    def send(self, method: str, body: dict[str, Any] | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._address.netloc, timeout=20)
        sent = json.dumps(body) if body else None
        connection.request(method, self._address.path, sent, self._headers)
        return connection.getresponse()

    def post(self, method: str, number: int | None = 1, **params: Any) -> str:
        body = {"jsonrpc": "2.0", "method": method, "params": params}
        answer = self.send("POST", body if number is None else {**body, "id": number})
        if session := answer.getheader("mcp-session-id"):
            self._headers["Mcp-Session-Id"] = session
        return answer.read().decode()

    def open(self) -> None:
        told = {"capabilities": {"elicitation": {}}, "clientInfo": {"name": "t", "version": "1"}}
        self.post("initialize", protocolVersion="2025-11-25", **told)
        self.post("notifications/initialized", None)

    @property
    def has_session(self) -> bool:
        return "Mcp-Session-Id" in self._headers


@pytest.mark.party
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("server", SERVERS)
def test_a_session_with_an_open_stream_does_not_hold_the_process(server: str) -> None:
    forget_all()
    key = factories.api_key(factories.user(factories.tenant(), "operator"))
    with serving(server) as running:
        client = Client(running.url, key)
        client.open()
        called = client.post("tools/call", 2, name="system_health", arguments={})
        stream = client.send("GET")
        ended = threading.Event()

        def read_to_the_end() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):  # cut short is an end too
                stream.read()
            ended.set()

        threading.Thread(target=read_to_the_end, daemon=True).start()
        assert client.has_session
        assert '"isError":false' in called
        assert (stream.status, ended.is_set()) == (200, False)
        assert running.stop() < STOP_SECONDS
        assert ended.wait(5)
