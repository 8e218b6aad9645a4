"""The one table of failures: what each code means to HTTP, to MCP and to a retry."""

from dataclasses import dataclass
from typing import Any, Final

from apps.kernel.errors import Code, Failure


@dataclass(frozen=True, slots=True)
class Row:
    """How one code is spoken. `rpc` None: MCP answers with a tool error, not a protocol one."""

    http: int
    rpc: int | None
    retryable: bool
    title: str


TABLE: Final[dict[Code, Row]] = {
    Code.UNAUTHENTICATED: Row(401, -32001, False, "Credential missing or not accepted"),
    Code.FORBIDDEN: Row(403, None, False, "Permission missing"),
    Code.NOT_FOUND: Row(404, None, False, "Not found"),
    Code.INVALID: Row(422, None, False, "Invalid input"),
    Code.MALFORMED: Row(400, -32600, False, "Unreadable request"),
    Code.TOO_LARGE: Row(413, -32600, False, "Too large"),
    Code.CONFLICT: Row(409, None, False, "Something stands in the way"),
    Code.KEY_REUSED: Row(409, None, False, "Idempotency key reused"),
    Code.STALE_PLAN: Row(409, None, False, "The plan is no longer true"),
    Code.RATE_LIMITED: Row(429, -32005, True, "Too many calls"),
    Code.BUSY: Row(503, None, True, "Busy"),
    Code.UNREACHABLE: Row(503, None, True, "Device unreachable"),
    Code.BREAKER_OPEN: Row(503, None, True, "Circuit breaker open"),
    Code.TIMEOUT: Row(504, None, False, "Timed out"),
    Code.DEVICE_REJECTED: Row(502, None, False, "The device refused"),
    Code.INDETERMINATE: Row(502, None, False, "Sent, no verdict yet"),
    Code.INTERNAL: Row(500, -32603, False, "Internal error"),
}


def is_retryable(failure: Failure) -> bool:
    """Whether the same call may be repeated as it is."""
    row = TABLE[failure.code]
    return row.retryable if failure.retryable is None else failure.retryable


def problem(failure: Failure, request_id: str) -> dict[str, Any]:
    """The failure as an RFC 9457 problem document."""
    row = TABLE[failure.code]
    body: dict[str, Any] = {
        "type": f"/api/docs/failures#{failure.code}",
        "title": row.title,
        "status": row.http,
        "detail": failure.detail,
        "code": failure.code.value,
        "retryable": is_retryable(failure),
        "errors": [
            {
                key: value
                for key, value in (
                    ("path", error.path),
                    ("message", error.message),
                    ("allowed", error.allowed),
                )
                if value is not None
            }
            for error in failure.errors
        ],
        "request_id": request_id,
    }
    if failure.retry_after is not None:
        body["retry_after"] = round(failure.retry_after, 3)
    return body


def internal(request_id: str) -> Failure:
    """What a caller learns of a mistake of ours: where to ask about it, nothing else."""
    return Failure(Code.INTERNAL, f"Something went wrong here. Quote request {request_id}.")
