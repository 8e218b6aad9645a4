"""What is told of a job: how it stands, and each of its moves that is news to a reviewer."""

from apps.audit.services import Act, Subject, transition
from apps.events.publish import publish
from apps.events.types import JobChanged
from apps.jobs.models import Job, JobState
from apps.kernel.actor import Actor, ActorKind


def announce(job: Job) -> None:
    """Tell the streams how the job stands, in the running transaction."""
    event = JobChanged(
        job_id=job.id,
        operation=job.operation,
        state=job.state,
        done=job.done,
        total=job.total,
        sentence=job.sentence,
    )
    publish(event, tenant_id=job.tenant_id, site_path=job.site_path, device_id=job.device_id)


def asker(job: Job) -> Actor:
    """Whose call the job is, as a name for evidence: without any right."""
    return Actor(
        kind=ActorKind(job.actor_kind),
        id=job.actor_id,
        tenant_id=job.tenant_id,
        label=job.actor_label,
        acts_for=job.acts_for,
        credential_id=job.credential_id,
    )


def moved(job: Job, before: JobState, *, detail: str = "") -> None:
    """Write a move down and tell it, in the transaction that made it; `job` is as it is now.

    The final move is written by the call's audit outcome, and `running` <-> `waiting` by nobody
    (ADR 2).
    """
    transition(
        Act(
            operation=job.operation,
            face=job.face,
            actor=asker(job),
            call_id=job.call_id,
            job_id=job.id,
            request_id=job.request_id,
            trace_id=job.trace_id,
            subject=Subject("job", job.id, job.object_label, job.site_path, job.device_id),
        ),
        verdict=job.state,
        detail=detail,
        before={"state": before},
        after={"state": job.state, "epoch": job.epoch, "deaths": job.deaths},
    )
    announce(job)
