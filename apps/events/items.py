"""One thing that streams send, encoded once for all of them."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

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
    rollout_id: str | None = None
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
    job_id, rollout_id = envelope.payload.get("job_id"), envelope.payload.get("rollout_id")
    return Item(
        type=envelope.type,
        text=envelope.text,
        sse=f"id: {envelope.position}\ndata: {envelope.text}\n\n".encode(),
        position=envelope.position,
        device_id=envelope.device_id,
        job_id=str(job_id) if job_id else None,
        rollout_id=str(rollout_id) if rollout_id else None,
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
