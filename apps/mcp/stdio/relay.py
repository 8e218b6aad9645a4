"""The client's side: each line is a message, each message a thread, each answer a line."""

import http.client
import json
import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, BinaryIO, Final

from apps.mcp.stdio.wire import Json, Plane, messages, version_of

#: Seconds that answers still under way get once the client has gone.
DRAIN_S: Final = 5.0
INTERNAL: Final = -32603
PARSE: Final = -32700


class Relay:
    """Takes messages in the order they come; answers may overtake each other."""

    def __init__(self, plane: Plane, out: BinaryIO) -> None:
        self._plane = plane
        self._out = out
        self._writing = Lock()
        self._running: dict[Any, http.client.HTTPConnection | None] = {}
        self._threads: list[Thread] = []
        self._listens = False

    def take(self, line: bytes) -> None:
        """Send one message on its way. `initialize` is waited for: what follows depends on it."""
        try:
            message = json.loads(line)
        except ValueError:
            self._fail(None, PARSE, "This line is no JSON; send one message a line.")
            return
        if not isinstance(message, dict) or self._cancels(message):
            return
        thread = Thread(target=self._exchange, args=(message, line.strip()), daemon=True)
        thread.start()
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        if message.get("method") == "initialize" or "id" not in message:
            thread.join()

    def close(self) -> None:
        """Let answers come that are under way, for a while."""
        for thread in self._threads:
            thread.join(DRAIN_S)

    def _cancels(self, message: Json) -> bool:
        """Whether a message is a cancellation for the plane to see as a closed connection.

        A session that can be told things is told it as a message.
        """
        if message.get("method") != "notifications/cancelled" or self._listens:
            return False
        connection = self._running.pop((message.get("params") or {}).get("requestId"), None)
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        return True

    def _exchange(self, message: Json, body: bytes) -> None:
        number = message.get("id") if "method" in message else None
        self._running[number] = None
        try:
            self._send(message, body, number)
        except (OSError, http.client.HTTPException) as error:
            cancelled = number is not None and number not in self._running
            if number is not None and not cancelled:
                why = f"{self._plane.name} does not answer ({error}). Is the control plane running?"
                self._fail(number, INTERNAL, why)
        finally:
            self._running.pop(number, None)

    def _send(self, message: Json, body: bytes, number: Any) -> None:
        connection = self._running[number] = self._plane.connect()
        answer = self._plane.send(connection, "POST", message, body)
        self._note_session(message, answer)
        for found in messages(answer):
            self._write(self._seen(message, found, number, answer.status))
        if message.get("method") == "notifications/initialized" and self._plane.session:
            Thread(target=self._listen, daemon=True).start()

    def _note_session(self, message: Json, answer: http.client.HTTPResponse) -> None:
        if message.get("method") == "initialize" and not version_of(message):
            self._plane.session = answer.headers.get("Mcp-Session-Id", "")

    def _seen(self, message: Json, found: bytes, number: Any, status: int) -> bytes:
        """A message of the plane as the client can use it: one line, with the client's number.

        What is refused before it is read carries none.
        """
        try:
            said = json.loads(found)
        except ValueError:
            said = {"error": {"code": INTERNAL, "message": f"The plane answered HTTP {status}."}}
        if "error" in said and said.get("id") is None:
            said = {"jsonrpc": "2.0", "id": number, "error": said["error"]}
        if message.get("method") == "initialize" and "result" in said:
            self._plane.version = said["result"].get("protocolVersion", "")
        return json.dumps(said, separators=(",", ":")).encode()

    def _listen(self) -> None:
        """What the plane has to say to a session beside its answers, until it closes."""
        with suppress(OSError, http.client.HTTPException):
            answer = self._plane.send(self._plane.connect(), "GET", {}, b"")
            if answer.status == http.client.OK:
                self._listens = True
                for found in messages(answer):
                    self._write(found)

    def _fail(self, number: Any, code: int, words: str) -> None:
        error = {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": words}}
        self._write(json.dumps(error).encode())

    def _write(self, line: bytes) -> None:
        with self._writing, suppress(BrokenPipeError):
            self._out.write(line + b"\n")
            self._out.flush()
