"""Valkey going away costs the streams a moment of telemetry, and no event."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from apps.events.frames import FRAMES_CHANNEL, Frame, encode
from apps.kernel.ids import new_id
from apps.ops.launcher.engines import valkey
from apps.ops.launcher.process import Child
from tests.support.template import temporary_state
from tests.unit.live.serving import SocketReader, SseReader, server, until


class OwnValkey:
    """A Valkey of this test alone, which may be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine = valkey.prepare(folder, os.environ, valkey.THROWAWAY)
        self.url = self._engine.url
        self.start()

    def start(self) -> None:
        self._child = Child(self._engine.spec(os.environ), self._folder)
        until(self._engine.answers)

    def kill(self) -> None:
        self._child.destroy()
        until(lambda: self._child.status() is not None)

    def publish(self, frame: Frame) -> None:
        redis.Redis.from_url(self.url).publish(FRAMES_CHANNEL, encode(frame))


@pytest.fixture
def own_valkey() -> Iterator[OwnValkey]:
    engine = OwnValkey(temporary_state() / "valkey")
    yield engine
    engine.kill()


def test_streams_survive_a_restart_of_valkey(
    plant, own_valkey: OwnValkey, key_of: Callable, tell: Callable
) -> None:
    device = new_id()
    frame = Frame(plant.id, device, "/plant/", "fleet.view", {"gain": 1})
    query = f"?frames={device}"
    key = key_of()
    with (
        server("uvicorn", REDIS_URL=own_valkey.url) as url,
        SseReader(url, headers=key, query=query) as sse,
        SocketReader(url, headers=key, query=query) as ws,
    ):
        own_valkey.kill()
        tell("while away")
        until(lambda: sse.names() == ws.names() == ["while away"], 3)
        own_valkey.start()
        until(lambda: heard(own_valkey, frame, sse) and heard(own_valkey, frame, ws))
        tell("after")
        until(lambda: "after" in sse.names() and "after" in ws.names(), 3)
    assert not sse.ended.is_set() or sse.word("closed") is None
    assert ws.word("closed") is None


def heard(engine: OwnValkey, frame: Frame, reader: SseReader | SocketReader) -> bool:
    """Whether a frame published now has reached the reader."""
    engine.publish(frame)
    return any(one["type"] == "telemetry.frame" for one in reader.events)
