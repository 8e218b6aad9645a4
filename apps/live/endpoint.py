"""The two ASGI applications of this app: `/events` and `/ws/events`."""

from apps.live.consumers import EventsConsumer
from apps.live.sse import sse

websocket = EventsConsumer.as_asgi()

__all__ = ["sse", "websocket"]
