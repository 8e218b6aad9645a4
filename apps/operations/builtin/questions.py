"""Telling a job what it waits to be told."""

from typing import Final
from uuid import UUID

from pydantic import Field

from apps.jobs.questions import job_answer, pending
from apps.jobs.selectors import job_get
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Answer, Danger, Face, Operation, Repeat, Schema, TargetRef

MOST_ANSWERS: Final = 50


class JobsJobAnswerIn(Schema):
    """Which job, and what is said to its questions, by their keys. Not all need be answered at
    once."""

    job: UUID = Field(description="Id of the job.")
    answers: dict[str, Answer] = Field(
        min_length=1,
        max_length=MOST_ANSWERS,
        description="The answers, by the keys of the questions that jobs.job.get shows.",
    )


class JobsJobAnswerOut(Schema):
    """The keys that are still to be answered; the job goes on when there are none."""

    job: UUID = Field(description="Id of the job.")
    open: list[str] = Field(description="Keys still to be answered; empty: it goes on.")


def answer(ctx: Context, data: JobsJobAnswerIn) -> JobsJobAnswerOut:
    """Keep the answers; the last one wakes the job."""
    job = job_get(ctx.actor, data.job)
    ctx.before = {"open": sorted(pending(job))}
    said = {key: one.model_dump(mode="json") for key, one in data.answers.items()}
    left = sorted(job_answer(job, said))
    ctx.after = {"open": left}
    return JobsJobAnswerOut(job=job.id, open=left)


def answer_targets(actor: Actor, data: JobsJobAnswerIn) -> tuple[TargetRef, ...]:
    """The job, at the place of what it acts on."""
    job = job_get(actor, data.job)
    return (TargetRef("job", job.id, str(job), job.site_path, job.device_id),)


OPERATIONS = (
    Operation(
        name="jobs.job.answer",
        summary="Answer the questions that a job waits for.",
        input=JobsJobAnswerIn,
        output=JobsJobAnswerOut,
        handler=answer,
        targets=answer_targets,
        permission="jobs.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=frozenset({Face.REST, Face.MCP}),
    ),
)
