"""What a stream says for itself, between the events and frames it carries."""

from typing import Any

import orjson

from apps.events.envelope import Position
from apps.events.items import Item


def word(type: str, *, position: Position | None = None, **data: Any) -> Item:
    """A word of the stream itself: open, gap, missed, closed, heartbeat, pong, error."""
    body: dict[str, Any] = {"type": type}
    if position is not None:
        body["id"] = str(position)
    text = orjson.dumps({**body, **data}).decode()
    head = f"id: {position}\n" if position is not None else ""
    return Item(type, text, f"{head}event: {type}\ndata: {text}\n\n".encode(), position)
