"""What a request is called and where it comes from, as the first middleware wrote it down."""

from django.http import HttpRequest


def request_id(request: HttpRequest) -> str:
    """The id that joins this request with its log lines and audit rows."""
    return str(request.META.get("controlplane.request_id", ""))


def trace_id(request: HttpRequest) -> str:
    """The caller's W3C trace id, or nothing."""
    return str(request.META.get("controlplane.trace_id", ""))


def address(request: HttpRequest) -> str:
    """The connection's peer, never what a forwarding header says."""
    return str(request.META.get("controlplane.address") or request.META.get("REMOTE_ADDR", ""))
