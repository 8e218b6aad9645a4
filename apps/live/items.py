"""One thing that streams send, encoded once for all of them."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from apps.events.envelope import Envelope, Position
from apps.events.frames import FRAME_TYPE, Frame
from apps.kernel.actor import Actor


class Visible(Protocol):
    """What knows who may see it."""

    def visible_to(self, actor: Actor) -> bool:
        """Whether `actor` may see this."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event or a frame. `text` goes into WebSocket messages, `sse` into event streams."""

    type: str
    text: str
    sse: bytes
    position: Position | None = None
    device_id: UUID | None = None
    job_id: str | None = None
    source: Visible | None = None

    @property
    def is_frame(self) -> bool:
        """Whether it is telemetry, which is never repeated."""
        return self.type == FRAME_TYPE

    def visible_to(self, actor: Actor) -> bool:
        """Whether `actor` may see it; words of the stream itself are for its reader."""
        return self.source is None or self.source.visible_to(actor)


def event_item(envelope: Envelope) -> Item:
    """An event of the outbox. Its type is in the text, so that one listener hears them all."""
    job_id = envelope.payload.get("job_id")
    return Item(
        type=envelope.type,
        text=envelope.text,
        sse=f"id: {envelope.position}\ndata: {envelope.text}\n\n".encode(),
        position=envelope.position,
        device_id=envelope.device_id,
        job_id=str(job_id) if job_id else None,
        source=envelope,
    )


def frame_item(frame: Frame) -> Item:
    """A telemetry frame."""
    text = frame.text
    return Item(
        type=FRAME_TYPE,
        text=text,
        sse=f"event: frame\ndata: {text}\n\n".encode(),
        device_id=frame.device_id,
        source=frame,
    )


def word(type: str, *, position: Position | None = None, **data: Any) -> Item:
    """A word of the stream itself: open, gap, missed, closed, heartbeat, pong, error."""
    body: dict[str, Any] = {"type": type}
    if position is not None:
        body["id"] = str(position)
    text = orjson.dumps({**body, **data}).decode()
    head = f"id: {position}\n" if position is not None else ""
    return Item(type, text, f"{head}event: {type}\ndata: {text}\n\n".encode(), position)
