"""What became of the devices under way, read from their jobs: the job is the only truth."""

from typing import Final

from apps.fleet.models import Target
from apps.fleet.models.rollout import MemberState, Phase
from apps.fleet.models.target import TERMINAL
from apps.fleet.rollouts.moves import move_member
from apps.jobs.models import Job, JobState
from apps.jobs.transitions import FINAL as JOB_FINAL
from apps.kernel.errors import Code

M = MemberState

#: Ends of a job that say that nothing was done.
REFUSED: Final = frozenset(
    {Code.NOT_FOUND, Code.FORBIDDEN, Code.INVALID, Code.CONFLICT, Code.DEVICE_REJECTED}
)


def refresh(phase: Phase) -> None:
    """Move every member of the phase that is under way to where its job stands."""
    open_members = phase.members.filter(state__in=(M.RUNNING, M.UNKNOWN))
    members = list(open_members.select_related("device", "rollout"))
    ids = [member.job_id for member in members if member.job_id]
    jobs = {job.id: job for job in Job.system.filter(id__in=ids)}
    ends = {row.job_id: row for row in Target.system.filter(job_id__in=ids).order_by("created_at")}
    for member in members:
        if member.job_id is None:
            continue
        state, detail = verdict(jobs.get(member.job_id), ends.get(member.job_id))
        if state != member.state:
            move_member(member, state, detail=detail)


def verdict(job: Job | None, target: Target | None) -> tuple[MemberState, str]:
    """Where a member stands, and why."""
    if job is None:
        return M.NEEDS_HUMAN, "Its job is no longer there; nobody can tell what was done."
    if job.state not in JOB_FINAL:
        asked = job.state == JobState.RECONCILING
        return (M.UNKNOWN if asked else M.RUNNING), job.sentence
    if target is not None and target.state in TERMINAL:
        return M(target.state), target.detail
    return of_job(job), job.failure_detail


def of_job(job: Job) -> MemberState:
    """The verdict of a job that held no device by a target."""
    if job.state == JobState.SUCCEEDED:
        return M.SUCCEEDED
    if job.state == JobState.CANCELLED:
        return M.CANCELLED
    if job.state == JobState.NEEDS_HUMAN:
        return M.NEEDS_HUMAN
    if job.failure_code == Code.TIMEOUT:
        return M.TIMED_OUT
    return M.REJECTED if job.failure_code in REFUSED else M.FAILED
