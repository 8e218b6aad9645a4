"""Telemetry on its way to the streams: coalesced by pollers, never stored, never repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
import redis
import structlog

from apps.kernel.actor import Actor
from apps.kernel.valkey import valkey

FRAMES_CHANNEL: Final = "cp:live:frames"
FRAME_TYPE: Final = "telemetry.frame"

_BETWEEN: Final = b"\n"
_encode = msgspec.json.Encoder().encode

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """The latest values of one device, with all that a stream needs to know about who may see it.

    `values` is what the driver's presenter understands, or what msgspec writes alike; pollers
    send at most ten a second.
    """

    tenant_id: UUID
    device_id: UUID
    site_path: str
    permission: str
    values: dict[str, Any]

    def visible_to(self, actor: Actor) -> bool:
        """Whether `actor` may see this frame."""
        if self.tenant_id != actor.tenant_id:
            return False
        return actor.may_at(self.permission, self.site_path, self.device_id)

    @property
    def text(self) -> str:
        """The JSON text every reader of this frame gets; it has no id, as nothing resumes at it."""
        body = {"type": FRAME_TYPE, "device_id": self.device_id, "data": self.values}
        return _encode(body).decode()


def encode(frame: Frame) -> bytes:
    """The frame as it travels through Valkey."""
    return _encode(
        {
            "tenant": frame.tenant_id,
            "device": frame.device_id,
            "site_path": frame.site_path,
            "permission": frame.permission,
            "frame": frame.values,
        }
    )


def decode(raw: bytes) -> Frame:
    """Reads what `encode` wrote; raises ValueError for anything else."""
    try:
        body = orjson.loads(raw)
        return Frame(
            UUID(body["tenant"]),
            UUID(body["device"]),
            str(body["site_path"]),
            str(body["permission"]),
            dict(body["frame"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a telemetry frame: {error!r}") from None


def each(message: bytes) -> Iterator[bytes]:
    """The encoded frames in one message of the channel."""
    return iter(message.split(_BETWEEN))


def publish_frame(frame: Frame) -> bool:
    """Send a frame to every web process; False when Valkey is away (the next one replaces it)."""
    return publish_frames([frame])


def publish_frames(frames: Sequence[Frame]) -> bool:
    """The same for many frames, as one message: a message costs more than a frame."""
    try:
        valkey().publish(FRAMES_CHANNEL, _BETWEEN.join(map(encode, frames)))
    except redis.RedisError as error:
        log.warning("telemetry frames not sent", error=str(error))
        return False
    return True
