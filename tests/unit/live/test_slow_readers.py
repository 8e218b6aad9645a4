"""A reader that does not read loses items and is told how many; nobody else waits for it."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest

from apps.events.frames import Frame, publish_frame
from apps.kernel.ids import new_id
from tests.unit.live.serving import SseReader, until

FRAMES = 600
EVENTS = 40


class StalledReader:
    """Asks for a stream over a small window, and reads only when told."""

    def __init__(self, url: str, headers: dict[str, str], query: str) -> None:
        place = urlsplit(url)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.socket.connect((place.hostname, place.port))
        lines = [f"GET /events{query} HTTP/1.1", f"Host: {place.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"event: open" not in self.buffer:
            self.buffer += self.socket.recv(1_024)

    def read_until(self, text: bytes) -> list[dict]:
        """All messages, up to the one that holds `text`."""
        self.socket.settimeout(10)
        chunks = [self.buffer]
        while text not in b"".join(chunks[-2:]):
            chunks.append(self.socket.recv(1 << 20))
            assert chunks[-1], "the server hung up"
        self.buffer = b"".join([*chunks, b"\n"])
        return self.messages()

    def messages(self) -> list[dict]:
        lines = self.buffer.replace(b"\r\n", b"\n").split(b"\n")[:-1]
        return [
            json.loads(line[6:])
            for line in lines
            if line.startswith(b"data: ") and line.endswith(b"}")
        ]


@pytest.fixture
def stalled(uvicorn: str, key_of: Callable) -> Iterator[Callable]:
    made: list[StalledReader] = []

    def make(query: str) -> StalledReader:
        made.append(StalledReader(uvicorn, key_of(), query))
        return made[-1]

    yield make
    for reader in made:
        reader.socket.close()


def test_a_slow_reader_is_told_what_it_missed_and_others_are_not_delayed(
    uvicorn: str, plant, key_of: Callable, tell: Callable, stalled: Callable
) -> None:
    device = new_id()
    slow = stalled(f"?frames={device}")
    big = {"text": "x" * 20_000}
    with SseReader(uvicorn, headers=key_of()) as fast:
        for number in range(FRAMES):
            publish_frame(Frame(plant.id, device, "/plant/", "fleet.view", {**big, "n": number}))
        for number in range(EVENTS):
            began = time.monotonic()
            tell(str(number))
            until(partial(has_events, fast, number + 1), 2)
            assert time.monotonic() - began < 1.5
    messages = slow.read_until(f'"name":"{EVENTS - 1}"'.encode())
    frames = [one for one in messages if one["type"] == "telemetry.frame"]
    lost = sum(one["frames"] for one in messages if one["type"] == "gap")
    assert lost > 0
    assert len(frames) + lost == FRAMES
    assert [one["data"]["n"] for one in frames] == sorted(one["data"]["n"] for one in frames)


def has_events(reader: SseReader, count: int) -> bool:
    """Whether so many events have arrived."""
    return len(reader.events) >= count
