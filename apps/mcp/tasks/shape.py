"""A job's row as the extension's task: status, what it says, and how it ended."""

from typing import Any, Final

import mcp_types as types

from apps.jobs.models import Job, JobState
from apps.jobs.questions import pending
from apps.jobs.transitions import FINAL
from apps.kernel.errors import Code, Failure
from apps.mcp import words
from apps.mcp.replies import error_data
from apps.mcp.tools import book
from apps.operations.confirm import spoken
from apps.operations.failures import internal
from apps.operations.outcome import JobLink, Outcome, Status

Json = dict[str, Any]

#: Milliseconds a client should let pass between two looks: an agent has sixty calls a minute.
POLL_MS: Final = 2_000
#: Milliseconds a task can be asked for, at least; its job is kept longer.
TTL_MS: Final = 7 * 24 * 3_600_000

_INTERNAL_ERROR: Final = -32603


def status_of(job: Job) -> str:
    """The extension's word for how a job stands.

    `failed` is for mistakes of ours; work that was done and went wrong is `completed`, and its
    result says so.
    """
    if job.state == JobState.CANCELLED:
        return "cancelled"
    if job.state in FINAL:
        return "failed" if job.failure_code == Code.INTERNAL else "completed"
    return "input_required" if pending(job) else "working"


def task_of(job: Job) -> Json:
    """What every answer about a task has in common."""
    task: Json = {
        "taskId": str(job.id),
        "status": status_of(job),
        "createdAt": spoken(job.created_at),
        "lastUpdatedAt": spoken(job.updated_at),
        "ttlMs": TTL_MS,
        "pollIntervalMs": POLL_MS,
    }
    said = job.failure_detail or job.sentence
    return {**task, "statusMessage": said} if said else task


def created(job: Job) -> Json:
    """The answer to the call that began it; the row is committed by then."""
    return {**task_of(job), "resultType": "task"}


def detailed(job: Job) -> Json:
    """The answer to `tasks/get`: with what is asked for, or with how it ended."""
    task = task_of(job)
    if task["status"] == "input_required":
        task["inputRequests"] = requests_of(job)
    elif task["status"] == "completed":
        task["result"] = result_of(job).model_dump(mode="json", by_alias=True, exclude_none=True)
    elif task["status"] == "failed":
        task["error"] = error_of(job)
    return task


def requests_of(job: Job) -> Json:
    """The job's open questions as requests to elicit."""
    return {
        key: {
            "method": "elicitation/create",
            "params": {
                "mode": "form",
                "message": asked["message"],
                "requestedSchema": {"type": "object", "properties": {}, **asked["fields"]},
            },
        }
        for key, asked in pending(job).items()
    }


def result_of(job: Job) -> types.CallToolResult:
    """What the call would have answered, had its sender waited for it."""
    if job.failure_code:
        failure = Failure(Code(job.failure_code), job.failure_detail)
        return words.refused(failure, request_of(job)).result()
    outcome = Outcome(
        status=Status.OK,
        output=job.output,
        job=JobLink(id=job.id, url=f"/api/v1/jobs/{job.id}/"),
        call_id=job.call_id,
    )
    entry = book().find(job.operation)
    if entry is None:
        return words.plainly(outcome).result()
    return words.answered(entry, outcome, None).result()


def error_of(job: Job) -> Json:
    """The protocol's error for a mistake of ours: the request to quote, nothing else."""
    failure = internal(request_of(job))
    return {
        "code": _INTERNAL_ERROR,
        "message": failure.detail,
        "data": error_data(failure, request_of(job)),
    }


def request_of(job: Job) -> str:
    """The id under which the logs know how the job began."""
    return job.request_id or str(job.call_id)
