"""Gives every request its identity: request id, trace id and client address."""

import re
from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponseBase

from apps.kernel.ids import new_id

#: Keys in `request.META`. Header names start with HTTP_, so no client can set them.
REQUEST_ID: Final = "controlplane.request_id"
TRACE_ID: Final = "controlplane.trace_id"
ADDRESS: Final = "controlplane.address"

_SANE: Final = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_NO_TRACE: Final = "0" * 32


def request_id_from(offered: str | None) -> str:
    """The caller's request id when it is short and plain, else a new one."""
    text = (offered or "").strip()
    return text if _SANE.fullmatch(text) else str(new_id())


def trace_id_from(traceparent: str | None) -> str:
    """The trace id of a W3C `traceparent` header; empty when there is none."""
    found = _TRACEPARENT.fullmatch((traceparent or "").strip())
    return found[1] if found and found[1] != _NO_TRACE else ""


def plain_address(address: str | None) -> str:
    """The peer's address; an IPv4 address mapped into IPv6 is written as IPv4."""
    return (address or "").removeprefix("::ffff:")


class RequestIdentity:
    """Binds the ids to the log of this request, and echoes the request id.

    The address is the connection's peer: `X-Forwarded-For` is whatever a client writes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        request_id = request_id_from(meta.get("HTTP_X_REQUEST_ID"))
        trace_id = trace_id_from(meta.get("HTTP_TRACEPARENT"))
        meta[REQUEST_ID], meta[TRACE_ID] = request_id, trace_id
        meta[ADDRESS] = plain_address(meta.get("REMOTE_ADDR"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, trace_id=trace_id)
        response = self._get_response(request)
        response["X-Request-ID"] = request_id
        return response
