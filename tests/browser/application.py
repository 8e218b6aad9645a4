"""Console and live streams behind one real ASGI server, as the product mounts them."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402 - models may only be imported once apps are loaded
from django.conf import settings  # noqa: E402 - as above
from django.core.wsgi import get_wsgi_application  # noqa: E402 - as above

from apps.live.endpoint import sse, websocket  # noqa: E402 - as above
from tests.unit.console.trials import install_trials  # noqa: E402 - as above

settings.ROOT_URLCONF = "tests.browser.urls"
install_trials()
bridge = WSGIMiddleware(get_wsgi_application(), workers=8)


class Streams:
    """How many live streams are open."""

    count = 0


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Streams in front, pages behind the bridge; `/trial/streams` tells how many streams."""
    if scope["type"] == "http" and scope["path"] == "/events":
        Streams.count += 1
        try:
            await sse(scope, receive, send)
        finally:
            Streams.count -= 1
    elif scope["type"] == "http" and scope["path"] == "/trial/streams":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(Streams.count).encode()})
    elif scope["type"] == "websocket":
        await websocket(scope, receive, send)
    elif scope["type"] == "http":
        await bridge(scope, receive, send)
