"""What an assistant reads: one sentence on what happened and what to do next, then the data."""

from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types

from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.mcp import bulk
from apps.mcp.fence import fenced, line
from apps.mcp.tools import Entry, book
from apps.operations.failures import problem
from apps.operations.outcome import Outcome, Status

#: Characters of data in the text of an answer; the structured content has all of it.
TEXT_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """A tool's result before it takes a form: the text, the data, and where there is more."""

    text: str
    body: dict[str, Any]
    is_error: bool = False
    links: tuple[types.ResourceLink, ...] = ()

    def result(self) -> types.CallToolResult:
        """For the SDK, which writes it out by itself."""
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=self.text), *self.links],
            structured_content=self.body,
            is_error=self.is_error,
        )

    def json(self) -> dict[str, Any]:
        """The same, written out."""
        links = [
            one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in self.links
        ]
        return {
            "content": [{"type": "text", "text": self.text}, *links],
            "structuredContent": self.body,
            "isError": self.is_error,
        }


def answered(entry: Entry, outcome: Outcome, actor: Actor | None) -> Said:
    """The result of a call that ended in an outcome; waiting for somebody is no failure.

    A long answer is cut, and says where the rest is; without an actor it is kept for nobody.
    """
    body, cuts = bulk.fitted(outcome.body(), actor, entry.operation.permission)
    lines = [_sentence(entry, outcome), *map(_cut, cuts), fenced(body, TEXT_MOST)]
    links = tuple(link for cut in cuts if (link := cut.link()))
    return Said("\n".join(lines), body, outcome.status is Status.ERROR, links)


def _cut(cut: bulk.Cut) -> str:
    rest = f"read {cut.next} for the rest" if cut.next else "narrow the call to see the rest"
    return f"Cut: {cut.shown} of {cut.total} of {cut.field} are here; {rest}."


def plainly(outcome: Outcome) -> Said:
    """The result of a call whose tool is no longer offered."""
    body = outcome.body()
    return Said(f"{outcome.status}.\n{fenced(body)}", body)


def refused(failure: Failure, request_id: str) -> Said:
    """The result of a call that failed: the sentence, each wrong field, what it allows."""
    said = {**problem(failure, request_id), "detail": _detail(failure)}
    kept = ("code", "detail", "retryable", "errors", "request_id", "retry_after")
    body = {"status": Status.ERROR.value, **{name: said[name] for name in kept if name in said}}
    if not body["errors"]:
        del body["errors"]
    if failure.errors:
        lines = [f"{failure.code}: nothing was done; put this right and call again."]
    else:
        lines = [f"{failure.code}: {body['detail']}"]
    for error in failure.errors:
        allowed = f" Allowed: {error.allowed}." if error.allowed else ""
        lines.append(line(f"- {error.path}: {error.message}{allowed}"))
    if body["retryable"]:
        lines.append("The same call may be repeated.")
    return Said("\n".join(lines), body, is_error=True)


def _detail(failure: Failure) -> str:
    """What went wrong; the words of a device are fenced, as everything else of theirs."""
    if failure.code is Code.DEVICE_REJECTED:
        return f"The device refused. What is known of it: {fenced(failure.detail)}"
    return line(failure.detail)


def told(output: dict[str, Any]) -> Said:
    """The result of a tool of the face's own, which cannot end in another way."""
    body = {"status": Status.OK.value, "output": output}
    return Said(fenced(body, TEXT_MOST), body)


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
