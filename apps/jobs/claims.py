"""Who works on a job: leases by guarded update, fenced by an epoch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from apps.jobs.models import Job, JobState
from apps.jobs.telling import moved
from apps.kernel import clock

LEASE: Final = timedelta(seconds=15)
RENEW_SECONDS: Final = 4.0
#: A row written so long after now was written before somebody set the clock back.
SET_BACK: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a job: good while `epoch` is the row's."""

    job: Job
    epoch: int
    reconciling: bool


def claim(job_id: UUID, owner: str) -> Claim | None:
    """Take the job if it is due and nobody holds it; the row count says who won.

    A lease that ran out is no free job: the recovering tick counts the death first.
    """
    now = clock.now()
    before = Job.system.filter(id=job_id).values_list("state", flat=True).first()
    if before not in (JobState.QUEUED, JobState.WAITING, JobState.RECONCILING):
        return None
    target = JobState.RECONCILING if before == JobState.RECONCILING else JobState.RUNNING
    free = Job.system.filter(id=job_id, state=before, lease_until=None).filter(
        Q(wake_at=None) | _awake(now)
    )
    with transaction.atomic():
        won = free.update(
            state=target,
            epoch=F("epoch") + 1,
            steps=F("steps") + 1,
            started_at=Coalesce("started_at", Value(now)),
            lease_owner=owner[:100],
            lease_until=now + LEASE,
            updated_at=now,
        )
        if not won:
            return None
        job = Job.system.get(id=job_id)
        if before == JobState.QUEUED:
            moved(job, JobState.QUEUED)
    return Claim(job, job.epoch, reconciling=before == JobState.RECONCILING)


def renew(job_id: UUID, epoch: int) -> bool:
    """Prolong the lease; False means it is lost and the worker must stop."""
    rows = Job.system.filter(id=job_id, epoch=epoch, lease_until__gte=clock.now())
    return rows.update(lease_until=clock.now() + LEASE) == 1


def release(job_id: UUID, epoch: int) -> None:
    """Give the lease back without a change of state."""
    Job.system.filter(id=job_id, epoch=epoch).update(lease_until=None, lease_owner="")


def due(limit: int = 200) -> list[UUID]:
    """Jobs that should be looked at now: woken, or queued with a message that got lost."""
    now = clock.now()
    rows = Job.system.filter(
        Q(state__in=(JobState.WAITING, JobState.RECONCILING)) & _awake(now)
        | Q(state=JobState.RECONCILING, wake_at=None)
        | Q(state=JobState.QUEUED, created_at__lt=now - timedelta(seconds=2))
    ).filter(lease_until=None)
    return list(rows.order_by("wake_at").values_list("id", flat=True)[:limit])


def _awake(now: datetime) -> Q:
    """Whose sleep is over; what was to sleep by a clock that was set back is looked at anew."""
    return Q(wake_at__lte=now) | Q(updated_at__gt=now + SET_BACK)


def lapsed(now: datetime | None = None, limit: int = 200) -> list[Job]:
    """Jobs whose worker stopped renewing."""
    held = (JobState.RUNNING, JobState.RECONCILING)
    rows = Job.system.filter(state__in=held, lease_until__lt=now or clock.now())
    return list(rows.order_by("lease_until")[:limit])


class LeaseLostError(RuntimeError):
    """Somebody else holds the job now: stop at once and write nothing."""
