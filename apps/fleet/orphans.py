"""Targets whose job is over without them: closed honestly, so that their device is free again."""

from typing import Final

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from apps.audit.services import Act
from apps.fleet import targets
from apps.fleet.models import Target
from apps.fleet.models.target import TERMINAL
from apps.fleet.models.target import TargetState as State
from apps.jobs.models import Job, JobState
from apps.jobs.transitions import OPEN
from apps.kernel.actor import system_actor
from apps.kernel.errors import Failure

#: What becomes of a target that lost its job, by where it stood. Nothing was sent before
#: `sending`; after it only a person can say what the device did.
WAYS: Final[dict[State, tuple[State, ...]]] = {
    State.QUEUED: (State.CANCELLED,),
    State.PREFLIGHT: (State.FAILED,),
    State.READY: (State.CANCELLED,),
    State.SENDING: (State.RECONCILING, State.NEEDS_HUMAN),
    State.SENT: (State.RECONCILING, State.NEEDS_HUMAN),
    State.REBOOTING: (State.RECONCILING, State.NEEDS_HUMAN),
    State.VERIFYING: (State.RECONCILING, State.NEEDS_HUMAN),
    State.COMMITTED: (State.RECONCILING, State.NEEDS_HUMAN),
    State.RECONCILING: (State.NEEDS_HUMAN,),
    State.ROLLING_BACK: (State.ROLLBACK_FAILED,),
}

log = structlog.get_logger(__name__)


def targets_close_orphans(limit: int = 100) -> int:
    """Close open targets that no open job stands behind; how many were closed.

    Harmless in parallel: every move is guarded, and whoever comes second leaves the row alone.
    """
    return sum(_close(target) for target in orphans()[:limit])


def orphans() -> QuerySet[Target]:
    """Targets that hold their device for a job that is over, oldest first."""
    alive = Job.system.filter(id=OuterRef("job_id"), state__in=OPEN)
    rows = Target.system.exclude(state__in=TERMINAL).filter(~Exists(alive))
    return rows.select_related("device").order_by("created_at")


def _close(target: Target) -> bool:
    job = Job.system.filter(id=target.job_id).first()
    act, why = _act(target, job), _why(job)
    try:
        for state in _way(target, job):
            targets.move(target, state, act=act, detail=why)
    except Failure as failure:
        log.info("orphan moved meanwhile", target=str(target.id), reason=failure.detail)
        return False
    return True


def _way(target: Target, job: Job | None) -> tuple[State, ...]:
    cancelled = job is not None and job.state == JobState.CANCELLED
    if cancelled and target.state == State.PREFLIGHT:
        return (State.CANCELLED,)
    return WAYS[State(target.state)]


def _why(job: Job | None) -> str:
    if job is None:
        return "Its job is no longer there."
    words = f": {job.failure_detail}" if job.failure_detail else "."
    return f"Its job ended as {job.state} without it{words}"


def _act(target: Target, job: Job | None) -> Act:
    return Act(
        operation=target.operation,
        face=job.face if job else "",
        actor=system_actor("fleet", tenant_id=target.tenant_id),
        call_id=job.call_id if job else None,
        request_id=job.request_id if job else "",
    )
