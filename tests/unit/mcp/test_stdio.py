"""The relay for clients that only start processes: lines in, lines out, the plane behind."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import decode_header_value

from apps.mcp.stdio import wire
from apps.mcp.stdio.relay import Relay
from apps.mcp.stdio.wire import Plane
from tests.support.engines import until
from tests.support.plane import CHECKOUT, free_port

MODERN = {"_meta": {wire.VERSION_KEY: "2026-07-28"}}


class Endpoint(BaseHTTPRequestHandler):
    """A plane that answers by script: status, headers, body; and keeps what it was sent."""

    seen: ClassVar[list[tuple[str, dict[str, str], Any]]] = []
    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    gone: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = body.get("method", "")
        self.seen.append((method, dict(self.headers), body))
        if method == "wait":
            self.rfile.read(1)
            self.gone.set()
            return
        self.give(*self.answers.get(method, (202, {}, b"")))

    def do_GET(self) -> None:
        self.seen.append(("GET", dict(self.headers), None))
        self.give(*self.answers["GET"])

    def give(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read what was seen."""


@pytest.fixture
def url() -> Iterator[str]:
    Endpoint.seen.clear()
    Endpoint.answers.clear()
    Endpoint.gone.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    server.server_close()


def result(number: object, **fields: Any) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"jsonrpc": "2.0", "id": number, "result": fields}).encode()
    return 200, {"Content-Type": "application/json"}, body


def relayed(url: str, *messages: Any) -> list[dict[str, Any]]:
    """What a client reads after it sent these."""
    out = io.BytesIO()
    relay = Relay(Plane(url, "cp_key"), out)
    for message in messages:
        relay.take(message if isinstance(message, bytes) else json.dumps(message).encode())
    relay.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def request(number: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def test_a_modern_message_carries_its_routing_headers(url: str) -> None:
    Endpoint.answers["tools/call"] = result(7, content=[])
    read = relayed(url, request(7, "tools/call", name="größe", **MODERN))
    assert read == [{"jsonrpc": "2.0", "id": 7, "result": {"content": []}}]
    _, headers, _ = Endpoint.seen[0]
    assert headers["X-API-Key"] == "cp_key"
    assert headers["MCP-Protocol-Version"] == "2026-07-28"
    assert headers["Mcp-Method"] == "tools/call"
    assert decode_header_value(headers["Mcp-Name"]) == "größe"


def test_a_handshake_is_remembered(url: str) -> None:
    status, headers, body = result(1, protocolVersion="2025-06-18")
    Endpoint.answers["initialize"] = (status, {**headers, "Mcp-Session-Id": "s1"}, body)
    Endpoint.answers["ping"] = result(2)
    Endpoint.answers["GET"] = (405, {}, b"")
    initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    relayed(url, request(1, "initialize"), initialized, request(2, "ping"))
    until(lambda: len(Endpoint.seen) == 4, 5, lambda: str(Endpoint.seen))
    by_method = {method: headers for method, headers, _ in Endpoint.seen}
    assert "Mcp-Session-Id" not in by_method["initialize"]
    for method in ("notifications/initialized", "ping", "GET"):
        assert by_method[method]["Mcp-Session-Id"] == "s1"
        assert by_method[method]["MCP-Protocol-Version"] == "2025-06-18"


def test_a_stream_becomes_lines(url: str) -> None:
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}
    last = {"jsonrpc": "2.0", "id": 3, "result": {}}
    events = "".join(
        f"event: message\r\ndata: {json.dumps(one)}\r\n\r\n" for one in (progress, last)
    )
    stream = ": ping\r\n\r\n" + events
    Endpoint.answers["tools/call"] = 200, {"Content-Type": "text/event-stream"}, stream.encode()
    assert relayed(url, request(3, "tools/call")) == [progress, last]


def test_a_refusal_gets_the_number_of_what_was_refused(url: str) -> None:
    refusal = {"jsonrpc": "2.0", "id": None, "error": {"code": -32001, "message": "No key."}}
    Endpoint.answers["ping"] = 401, {}, json.dumps(refusal).encode()
    assert relayed(url, request(4, "ping")) == [{**refusal, "id": 4}]


def test_an_answer_that_is_no_json_is_said_so(url: str) -> None:
    Endpoint.answers["ping"] = 502, {"Content-Type": "text/html"}, b"<h1>Bad gateway</h1>"
    read = relayed(url, request(5, "ping"))
    assert (read[0]["id"], read[0]["error"]["message"]) == (5, "The plane answered HTTP 502.")


def test_a_line_that_is_no_json_is_refused_and_the_next_is_heard(url: str) -> None:
    Endpoint.answers["ping"] = result(6)
    read = relayed(url, b"{nonsense", request(6, "ping"))
    assert [one.get("error", {}).get("code") for one in read] == [-32700, None]


def test_nobody_listens() -> None:
    read = relayed(f"http://127.0.0.1:{free_port()}/mcp", request(8, "ping"))
    assert read[0]["id"] == 8
    assert "Is the control plane running?" in read[0]["error"]["message"]


@pytest.mark.parametrize("session", ["", "of a client that cannot be asked"])
def test_a_cancelled_request_is_a_closed_connection(url: str, session: str) -> None:
    out, plane = io.BytesIO(), Plane(url, "")
    plane.session = session
    relay = Relay(plane, out)
    relay.take(json.dumps(request(9, "wait", **MODERN)).encode())
    until(lambda: bool(Endpoint.seen), 5, lambda: "not sent")
    cancel = {"method": "notifications/cancelled", "params": {"requestId": 9}, "jsonrpc": "2.0"}
    relay.take(json.dumps(cancel).encode())
    assert Endpoint.gone.wait(5)
    relay.close()
    assert out.getvalue() == b""
    assert len(Endpoint.seen) == 1


@given(st.text(min_size=1, max_size=40))
def test_any_name_survives_its_header(name: str) -> None:
    said = wire.encoded(name)
    assert said.isascii()
    assert decode_header_value(said) == name


@pytest.mark.parametrize("arguments", [[], ["one", "two"], ["ftp://host"]])
def test_a_wrong_command_line_says_what_is_right(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "apps.mcp.stdio", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "http://127.0.0.1:8000/mcp" in done.stderr


def test_it_is_small_and_loads_no_framework(url: str) -> None:
    Endpoint.answers["ping"] = result(1)
    code = (
        "import sys, pathlib\n"
        "from apps.mcp.stdio.__main__ import main\n"
        "main(sys.argv[1:])\n"
        "foreign = {'django', 'mcp', 'pydantic', 'asyncio'} & set(sys.modules)\n"
        "most = pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]\n"
        "print(sorted(foreign), most, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, url],
        cwd=CHECKOUT,
        input=json.dumps(request(1, "ping")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["id"] == 1
    foreign, kilobytes = done.stderr.rsplit(maxsplit=1)
    assert foreign == "[]"
    assert int(kilobytes) < 40 * 1024
