"""JSON answers by orjson: ids, times and enumerations without a serializer in between."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
JSON: Final = "application/json"


def encoded(data: Any) -> bytes:
    """`data` as JSON; times are RFC 3339 in UTC."""
    return orjson.dumps(data, default=str, option=_OPTIONS)


class OrjsonRenderer(BaseRenderer):
    """The one format of the REST face."""

    media_type = JSON
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encoded(data)


class AlwaysJson(BaseContentNegotiation):
    """There is one format, so `Accept` is not read; a browser gets JSON as well."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == kind), None)

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def json_response(data: Any, *, status: int = 200) -> HttpResponse:
    """A plain answer of the views that need no DRF."""
    return HttpResponse(encoded(data), status=status, content_type=JSON)
