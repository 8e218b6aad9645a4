"""The state machine of a job, as a table, and the one function that moves along it.

queued -> running <-> waiting(wake_at)
running | waiting -> reconciling -> running | waiting | a final state
final: succeeded, partial, failed, cancelled, needs_human
"""

from typing import Any, Final
from uuid import UUID

from apps.jobs.models import Job, JobState
from apps.kernel import clock

FINAL: Final = frozenset(
    {
        JobState.SUCCEEDED,
        JobState.PARTIAL,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.NEEDS_HUMAN,
    }
)
OPEN: Final = frozenset(JobState) - FINAL

MOVES: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.WAITING, JobState.RECONCILING, JobState.QUEUED}) | FINAL,
    JobState.WAITING: frozenset({JobState.RUNNING, JobState.RECONCILING, JobState.CANCELLED}),
    JobState.RECONCILING: frozenset({JobState.RUNNING, JobState.WAITING}) | FINAL,
}


class IllegalMoveError(ValueError):
    """A move that the table does not have: a mistake in code, never a user's."""


def move(
    job_id: UUID,
    *,
    source: JobState,
    target: JobState,
    epoch: int | None = None,
    **fields: Any,
) -> bool:
    """Move a job by one guarded UPDATE; False when it was not in `source` (or of `epoch`)."""
    if target not in MOVES.get(source, frozenset()):
        raise IllegalMoveError(f"a job cannot go from {source} to {target}")
    rows = Job.system.filter(id=job_id, state=source)
    if epoch is not None:
        rows = rows.filter(epoch=epoch)
    return rows.update(state=target, updated_at=clock.now(), **fields) == 1
