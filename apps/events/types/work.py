"""Events of calls, approvals, jobs, schedules and the plane itself."""

from uuid import UUID

from apps.events.types.base import Event


class OperationFinished(Event):
    """A call that changed something has ended."""

    type = "operations.call.finished"
    permission = "audit.view"
    call_id: UUID
    operation: str
    verdict: str
    actor: str
    face: str
    object_id: UUID | None = None
    object_label: str = ""


class ApprovalRequested(Event):
    """Somebody wants to do what needs a second person."""

    type = "operations.approval.requested"
    permission = "operations.view"
    approval_id: UUID
    operation: str
    requester: str


class ApprovalDecided(Event):
    """A second person granted or refused."""

    type = "operations.approval.decided"
    permission = "operations.view"
    approval_id: UUID
    operation: str
    verdict: str


class JobChanged(Event):
    """A job moved to another state, or made progress."""

    type = "jobs.job.changed"
    permission = "jobs.view"
    job_id: UUID
    operation: str
    state: str
    done: int
    total: int
    sentence: str


class JobLogged(Event):
    """A job wrote a line into its log."""

    type = "jobs.log.written"
    permission = "jobs.view"
    job_id: UUID
    number: int
    level: str
    message: str


class ScheduleFired(Event):
    """A schedule came due and its operation was called."""

    type = "jobs.schedule.fired"
    permission = "jobs.view"
    schedule_id: UUID
    name: str
    verdict: str
    detail: str = ""


class HealthChanged(Event):
    """A health check of the plane has another verdict."""

    type = "system.health.changed"
    permission = "system.view"
    check: str
    status: str
    detail: str = ""
