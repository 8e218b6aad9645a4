"""The root application: what is hot or streams is answered in front, the rest by Django."""

from typing import Final

from django.conf import settings

from apps.ops import endpoint
from apps.ops.process import LoopWatch
from controlplane.bridge import Bridge
from controlplane.mounts import Mount, Root
from controlplane.wsgi import application as django

MOUNTS: Final = (
    Mount("http", "/health", endpoint.health),
    Mount("http", "/ready", endpoint.ready),
    Mount("http", "/metrics", endpoint.metrics),
)
SERVICES: Final = (LoopWatch(),)

application = Root(MOUNTS, SERVICES, otherwise=Bridge(django, settings.CONFIG.web_threads))
