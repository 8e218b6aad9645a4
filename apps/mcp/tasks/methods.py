"""`tasks/get`, `tasks/update` and `tasks/cancel`: answered from the rows, by any process."""

from collections.abc import Callable
from typing import Any, TypeVar

import mcp_types as types
from mcp.server.lowlevel import Server
from pydantic import Field, ValidationError

from apps.jobs.models import Job
from apps.jobs.questions import pending
from apps.jobs.selectors import job_get
from apps.jobs.transitions import FINAL
from apps.kernel.errors import Code, Failure
from apps.mcp.calls import client_of, meta_of, protocol_error
from apps.mcp.resources.pages import id_of
from apps.mcp.tasks.negotiation import Ctx, require
from apps.mcp.tasks.shape import detailed
from apps.mcp.threads import threads
from apps.mcp.visit import Visit, trace_id_of, visiting
from apps.operations import budgets
from apps.operations.call import Call
from apps.operations.core import Answer, Face
from apps.operations.door import invoke

T = TypeVar("T")

Json = dict[str, Any]


class TaskParams(types.RequestParams):
    """Which task."""

    task_id: str = Field(alias="taskId")


class TaskUpdateParams(TaskParams):
    """Which task, and what is said to what it asked for."""

    input_responses: dict[str, Any] = Field(alias="inputResponses")


def register(server: Server[Any]) -> None:
    """Let `server` answer the extension's methods."""
    server.add_request_handler("tasks/get", TaskParams, get)
    server.add_request_handler("tasks/update", TaskUpdateParams, update)
    server.add_request_handler("tasks/cancel", TaskParams, cancel)


async def get(ctx: Ctx, params: TaskParams) -> Json:
    """How the task stands."""

    def look(visit: Visit) -> Json:
        budgets.spend_read(visit.actor)
        return detailed(job_of(visit, params.task_id))

    return await _answered(ctx, params, look)


async def update(ctx: Ctx, params: TaskUpdateParams) -> Json:
    """Hand over what was said; what the task does not ask for is passed over."""

    def tell(visit: Visit) -> Json:
        job = job_of(visit, params.task_id)
        said = {key: params.input_responses.get(key) for key in pending(job)}
        answers = {key: _answer(key, one) for key, one in said.items() if one is not None}
        if answers:
            _change(ctx, visit, "jobs.job.answer", {"job": job.id, "answers": answers})
        return {}

    return await _answered(ctx, params, tell)


async def cancel(ctx: Ctx, params: TaskParams) -> Json:
    """Ask the task to stop at its next safe point; one that is over stays as it is."""

    def stop(visit: Visit) -> Json:
        job = job_of(visit, params.task_id)
        if job.state not in FINAL:
            _unless_over(ctx, visit, job)
        return {}

    return await _answered(ctx, params, stop)


def job_of(visit: Visit, task_id: str) -> Job:
    """The job behind a task; one that is not theirs is not there."""
    return job_get(visit.actor, id_of("job", task_id))


def _unless_over(ctx: Ctx, visit: Visit, job: Job) -> None:
    try:
        _change(ctx, visit, "jobs.job.cancel", {"job": job.id})
    except Failure as failure:
        if failure.code is not Code.CONFLICT:  # it ended in this very moment
            raise


def _change(ctx: Ctx, visit: Visit, operation: str, given: Json) -> None:
    meta = meta_of(ctx)
    invoke(
        Call(
            operation=operation,
            input=given,
            actor=visit.actor,
            face=Face.MCP,
            request_id=visit.request_id,
            trace_id=trace_id_of(meta.get("traceparent")) or visit.trace_id,
            client=client_of(meta, visit),
            address=visit.address,
        )
    )


def _answer(key: str, said: Any) -> Json:
    try:
        return Answer.model_validate(said).model_dump(mode="json")
    except ValidationError:
        detail = f"inputResponses.{key}: an answer has an action (accept, decline or cancel)."
        raise Failure(Code.INVALID, detail) from None


async def _answered(ctx: Ctx, params: TaskParams, unit: Callable[[Visit], T]) -> T:
    require(ctx, params.task_id)
    visit = visiting(ctx.request)
    try:
        return await threads.run(unit, visit)
    except Failure as failure:
        raise protocol_error(failure, visit) from None
