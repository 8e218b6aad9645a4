"""The root application: what is hot or streams is answered in front, the rest by Django."""

from typing import Final

from django.conf import settings

from apps.fleet import sessions
from apps.live import endpoint as live
from apps.mcp import endpoint as mcp
from apps.mcp.owner import Lifetime
from apps.ops import endpoint as ops
from apps.ops.process import LoopWatch
from controlplane.bridge import Bridge
from controlplane.mounts import Mount, Root, Service
from controlplane.wsgi import application as django

MOUNTS: Final = (
    Mount("http", "/mcp", mcp.application, below=True),
    Mount("http", "/events", live.sse),
    Mount("websocket", "/ws/events", live.websocket),
    Mount("http", "/health", ops.health),
    Mount("http", "/ready", ops.ready),
    Mount("http", "/metrics", ops.metrics),
)
SERVICES: Final[tuple[Service, ...]] = (LoopWatch(), Lifetime())

# A web process waits for a few devices at most; the rest of its threads stay free.
sessions.limit_inline(settings.CONFIG.inline_device_calls)

application = Root(MOUNTS, SERVICES, otherwise=Bridge(django, settings.CONFIG.web_threads))
