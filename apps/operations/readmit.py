"""A job's call built again for its next step, under the rights its actor has now."""

from typing import Any

import orjson
from pydantic import BaseModel

from apps.audit.selectors import sender_of
from apps.jobs.models import Job
from apps.jobs.services import job_log, job_stop
from apps.kernel.actor import Actor, system_actor
from apps.kernel.errors import Code, Failure, not_found
from apps.kernel.keyring import keyring
from apps.operations.actors import actor_now
from apps.operations.admitted import Admitted
from apps.operations.call import Call
from apps.operations.core import AnyOperation, Face, TargetRef


def readmit(job: Job, operation: AnyOperation) -> Admitted | Failure:
    """The call as it may go on now, or why it may not.

    Work that has begun on a device is not dropped half-way when its actor lost the right: the
    job is told to stop, and goes on as the plane's own until its next safe point.
    """
    data = operation.input.model_validate(orjson.loads(keyring().unseal(bytes(job.sealed_input))))
    try:
        return admitted_as(current(job, operation), job, operation, data)
    except Failure as failure:
        if not (operation.device and job.steps > 1):
            return failure
    if job_stop(job):
        job_log(job, "Whoever asked for this may not do it any more; stopping.", level="warning")
    system = system_actor("jobs", tenant_id=job.tenant_id)
    try:
        return admitted_as(system, job, operation, data)
    except Failure as failure:
        return failure


def current(job: Job, operation: AnyOperation) -> Actor:
    """The job's actor; raises `forbidden` when it may not do this any more."""
    actor = actor_now(reference(job), job.tenant_id)
    if actor is None or not actor.may(operation.permission):
        raise Failure(
            Code.FORBIDDEN, "Whoever asked for this may not do it any more; the job stops here."
        )
    return actor


def reference(job: Job) -> dict[str, Any]:
    """Enough to build the actor again."""
    return {
        "kind": job.actor_kind,
        "id": job.actor_id,
        "label": job.actor_label,
        "acts_for": job.acts_for,
        "credential_id": job.credential_id,
    }


def admitted_as(actor: Actor, job: Job, operation: AnyOperation, data: BaseModel) -> Admitted:
    """The call in the name of `actor`; raises `not_found` for a target it does not reach."""
    client, address = sender_of(job.intent_id)
    call = Call(
        operation=operation.name,
        input={},
        actor=actor,
        face=Face(job.face),
        id=job.call_id,
        reason=job.reason,
        request_id=job.request_id,
        trace_id=job.trace_id,
        client=client,
        address=address,
    )
    targets: tuple[TargetRef, ...] = operation.targets(actor, data) if operation.targets else ()
    for target in targets:
        if not actor.may_at(operation.permission, target.site_path, target.device_id):
            raise not_found(target.kind, target.id)
    return Admitted(operation, call, data, targets, operation.danger)
