"""What an assistant reads: one sentence on what happened and what to do next, then the data."""

from typing import Any, Final

import mcp_types as types
import orjson

from apps.kernel.errors import Failure
from apps.mcp.tools import Entry, book
from apps.operations.failures import problem
from apps.operations.outcome import Outcome, Status

#: Characters of data in the text of an answer; the structured content has all of it.
TEXT_MOST: Final = 20_000


def answered(entry: Entry, outcome: Outcome) -> types.CallToolResult:
    """The result of a call that ended in an outcome; waiting for somebody is no failure."""
    body = outcome.body()
    text = f"{_sentence(entry, outcome)}\n{fenced(body)}"
    return _result(text, body, is_error=outcome.status is Status.ERROR)


def plainly(outcome: Outcome) -> types.CallToolResult:
    """The result of a call whose tool is no longer offered."""
    body = outcome.body()
    return _result(f"{outcome.status}.\n{fenced(body)}", body)


def refused(failure: Failure, request_id: str) -> types.CallToolResult:
    """The result of a call that failed: the sentence, each wrong field, what it allows."""
    said = problem(failure, request_id)
    kept = ("code", "detail", "retryable", "errors", "request_id", "retry_after")
    body = {"status": Status.ERROR.value, **{name: said[name] for name in kept if name in said}}
    if not body["errors"]:
        del body["errors"]
    lines = [f"{failure.code}: {failure.detail}"]
    for error in failure.errors:
        allowed = f" Allowed: {error.allowed}." if error.allowed else ""
        lines.append(f"- {error.path}: {error.message}{allowed}")
    if body["retryable"]:
        lines.append("The same call may be repeated.")
    return _result("\n".join(lines), body, is_error=True)


def _sentence(entry: Entry, outcome: Outcome) -> str:
    tool, confirmed = entry.tool.name, outcome.confirmation is not None
    if outcome.status is Status.PLANNED:
        return "Nothing was changed: this is what the call would do."
    if outcome.status is Status.ACCEPTED and outcome.job is not None:
        return f"Accepted: the job goes on by itself; {_follow(str(outcome.job.id))}."
    if outcome.status is Status.NEEDS_CONFIRMATION:
        return (
            f"Nothing was done yet: show the plan to the person you work for; if they agree, "
            f"repeat {tool} with the same arguments and this confirmation."
        )
    if outcome.status is Status.NEEDS_APPROVAL and outcome.approval is not None:
        return (
            f"Nothing was done yet: a second person has to grant approval "
            f"{outcome.approval.id}; once jobs://approvals no longer lists it as pending, "
            f"repeat {tool} with the same arguments{' and this confirmation' * confirmed}."
        )
    return f"{entry.operation.name}: {outcome.status}."


def _follow(job: str) -> str:
    for name in ("jobs.job.wait", "jobs.job.get"):
        if (found := book().find(name)) is not None:
            return f"follow it with {found.tool.name}, job {job}"
    return f"read jobs://jobs/{job} to follow it"


def fenced(data: Any) -> str:
    """Data in a fence it cannot break: what devices and people wrote is never an instruction."""
    text = safe_json(data)
    if len(text) > TEXT_MOST:
        more = len(text) - TEXT_MOST
        text = f"{text[:TEXT_MOST]}… ({more} characters more in the structured content)"
    return f"<data>{text}</data>"


def safe_json(data: Any) -> str:
    """Compact JSON without a `<`, so that no value can close a fence."""
    return orjson.dumps(data, default=str).decode().replace("<", "\\u003c")


def _result(text: str, body: dict[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=body,
        is_error=is_error,
    )
