"""The plane's side of the relay: one HTTP exchange a message, and what its headers have to say."""

import base64
import http.client
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

Json = dict[str, Any]

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
#: Seconds a connection may take to be made; an answer may take as long as it needs.
CONNECT_S: Final = 10
#: The parameter that a header names besides the method.
NAMED: Final = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
_SAFE: Final = re.compile(r"^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$")


class Plane:
    """Where messages go. `version` and `session` are those of a handshake, once there was one."""

    def __init__(self, url: str, key: str) -> None:
        self._url = urlsplit(url)
        self._key = key
        self.version = ""
        self.session = ""

    @property
    def name(self) -> str:
        """The address, for people."""
        return self._url.geturl()

    def connect(self) -> http.client.HTTPConnection:
        """A connection for one message: one kept open might be closed while the next is sent, and
        nobody could say whether that was heard."""
        https = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
        made = kind(self._url.netloc, timeout=CONNECT_S)
        made.connect()
        made.sock.settimeout(None)
        return made

    def send(
        self, connection: http.client.HTTPConnection, method: str, message: Json, body: bytes
    ) -> http.client.HTTPResponse:
        """Send one message; the answer, of which only the head was read."""
        path = self._url.path or "/mcp"
        query = f"?{self._url.query}" if self._url.query else ""
        connection.request(method, path + query, body or None, self.headers(message))
        return connection.getresponse()

    def headers(self, message: Json) -> dict[str, str]:
        """What the transport wants said of a message, outside it."""
        said = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Connection": "close",
        }
        if self._key:
            said["X-API-Key"] = self._key
        if self.session:
            said["Mcp-Session-Id"] = self.session
        modern = version_of(message)
        if modern or self.version:
            said["MCP-Protocol-Version"] = modern or self.version
        if modern:
            said |= routing(message)
        return said


def version_of(message: Json) -> str:
    """The revision a message itself names; empty in the handshake's era."""
    meta = (message.get("params") or {}).get("_meta") or {}
    return str(meta.get(VERSION_KEY, ""))


def routing(message: Json) -> dict[str, str]:
    """The headers by which a proxy may route a message without reading it."""
    method = str(message.get("method", ""))
    name = (message.get("params") or {}).get(NAMED.get(method, ""))
    return {"Mcp-Method": method, **({"Mcp-Name": encoded(str(name))} if name else {})}


def encoded(value: str) -> str:
    """A value as a header carries it: in base64 where it would not survive as it is."""
    if _SAFE.match(value) and not value.startswith("=?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def messages(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The messages of an answer: its body, or each event of its stream as it comes."""
    if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        body = answer.read()
        if body:
            yield body
        return
    data: list[bytes] = []
    while line := answer.readline():
        line = line.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            data.append(line[5:].lstrip())
        elif not line and data:
            yield b"".join(data)
            data.clear()
