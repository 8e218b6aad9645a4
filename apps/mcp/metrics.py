"""The counters of the face; django-prometheus' middleware does not see these requests."""

from typing import Final

from prometheus_client import Counter, Histogram

from apps.kernel import clock
from apps.kernel.series import one
from apps.mcp.visit import Visit
from apps.operations.door import EDGES

REQUESTS = Counter("mcp_requests_total", "Requests by outcome.", ["method", "status"])
DURATION = Histogram(
    "mcp_request_duration_seconds", "Time from request to answer.", ["method"], buckets=EDGES
)
ERRORS = Counter("mcp_request_errors_total", "Requests answered by an error.", ["error_type"])
TOOL_CALLS = Counter("mcp_tool_calls_total", "Tool calls by outcome.", ["tool", "status"])
TOOL_DURATION = Histogram(
    "mcp_tool_duration_seconds", "Time a tool took to answer.", ["tool"], buckets=EDGES
)
TOOL_ERRORS = Counter("mcp_tool_errors_total", "Tool calls that failed.", ["tool", "error_type"])

#: Methods that have a label of their own; whatever else a caller invents is `other`.
METHODS: Final = frozenset(
    {
        "completion/complete",
        "initialize",
        "notifications/cancelled",
        "notifications/initialized",
        "ping",
        "prompts/get",
        "prompts/list",
        "resources/list",
        "resources/read",
        "resources/subscribe",
        "resources/templates/list",
        "resources/unsubscribe",
        "server/discover",
        "subscriptions/listen",
        "tasks/cancel",
        "tasks/get",
        "tasks/update",
        "tools/call",
        "tools/list",
        "unknown",
    }
)
#: What JSON-RPC codes mean, in the words of the counters.
ERROR_TYPES: Final = {
    -32700: "malformed",
    -32600: "malformed",
    -32601: "unknown_method",
    -32602: "invalid_params",
    -32603: "internal",
    -32001: "unauthenticated",
    -32005: "rate_limited",
}


def label_of(method: object) -> str:
    """A bounded label for a method a caller named."""
    return method if isinstance(method, str) and method in METHODS else "other"


def count_request(visit: Visit) -> None:
    """Count an answered request."""
    if not visit.failed and visit.status >= 400:
        visit.failed = "protocol"
    one(REQUESTS, visit.method, "error" if visit.failed else "ok").inc()
    one(DURATION, visit.method).observe(clock.monotonic() - visit.began)
    if visit.failed:
        one(ERRORS, visit.failed).inc()


def count_tool(tool: str, began: float, *, status: str, error_type: str = "") -> None:
    """Count a tool call; `began` is on the monotonic clock."""
    one(TOOL_CALLS, tool, status).inc()
    one(TOOL_DURATION, tool).observe(clock.monotonic() - began)
    if error_type:
        one(TOOL_ERRORS, tool, error_type).inc()
