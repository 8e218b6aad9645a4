"""What became of the miners that were told something: by their jobs, and by what is read of them.

A job that ended well proves nothing: a miner is paused once a reading newer than the command says
so, draws next to nothing and yields nothing.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from apps.jobs.models import Job
from apps.jobs.transitions import FINAL
from apps.kernel import clock
from apps.miners.curtail.moves import M, move_miner
from apps.miners.curtail.scene import Scene, ids_of
from apps.miners.curtail.sight import Sighted
from apps.miners.models.curtailment import CurtailedMiner

#: Commands in a row that a miner may leave undone before it is given up.
MOST_TRIES: Final = 5


def refresh(scene: Scene) -> None:
    """Move every miner of the event to where it is proven to be."""
    watched = scene.of(M.DISPATCHED, M.CONFIRMED, M.DRIFTED, M.RESUMING)
    jobs = {job.id: job for job in Job.system.filter(id__in=ids_of(watched))}
    for one in watched:
        seen = scene.seen(one)
        if one.state == M.RESUMING:
            resuming(scene, one, seen, jobs)
        elif one.state == M.CONFIRMED:
            paused(one, seen)
        else:
            pausing(scene, one, seen, jobs)


def pausing(scene: Scene, one: CurtailedMiner, seen: Sighted | None, jobs: dict[UUID, Job]) -> None:
    """Paused, late, or still under way."""
    if seen is not None and is_news(one, seen) and seen.is_paused(one.watts_before):
        detail = "Late, and paused now." if one.late else ""
        move_miner(one, M.CONFIRMED, detail=detail, paused_at=one.paused_at or clock.now(), tries=0)
    elif one.state == M.DISPATCHED and is_over(one, jobs) and is_due(scene, one):
        missed(one, M.DRIFTED, told(one, jobs, "It is not paused"))


def paused(one: CurtailedMiner, seen: Sighted | None) -> None:
    """One that wakes up by itself has drifted; a silent one stays, and is counted in full."""
    if seen is not None and seen.fresh and not seen.is_paused(one.watts_before) and seen.hashes:
        move_miner(one, M.DRIFTED, detail=f"It woke up: {seen.watts} W.", late=True, tries=0)


def resuming(
    scene: Scene, one: CurtailedMiner, seen: Sighted | None, jobs: dict[UUID, Job]
) -> None:
    """Hashing again, late, or still under way."""
    if seen is not None and is_news(one, seen) and seen.fresh and seen.hashes:
        move_miner(one, M.RESTORED, restored_at=clock.now(), tries=0)
    elif is_over(one, jobs) and is_due(scene, one):
        missed(one, M.RESTORING, told(one, jobs, "It does not hash again"))


def missed(one: CurtailedMiner, again: M, why: str) -> None:
    """Another try, or none any more."""
    if one.tries >= MOST_TRIES:
        move_miner(one, M.FAILED, detail=f"{why}; given up after {one.tries} tries.", late=True)
    else:
        move_miner(one, again, detail=f"{why}; it is told again.", late=True)


def is_news(one: CurtailedMiner, seen: Sighted) -> bool:
    """Whether the reading is newer than the command."""
    return bool(seen.seen_at and one.commanded_at and seen.seen_at > one.commanded_at)


def is_over(one: CurtailedMiner, jobs: dict[UUID, Job]) -> bool:
    """Whether its job can do nothing more."""
    job = jobs.get(one.job_id) if one.job_id else None
    return job is None or job.state in FINAL


def is_due(scene: Scene, one: CurtailedMiner) -> bool:
    """Whether it had its time to obey."""
    given = timedelta(seconds=scene.rules.confirm_seconds)
    return one.commanded_at is None or clock.now() - one.commanded_at >= given


def told(one: CurtailedMiner, jobs: dict[UUID, Job], words: str) -> str:
    """What is wrong, with the job's own words where it failed."""
    job = jobs.get(one.job_id) if one.job_id else None
    return f"{words}: {job.failure_detail.rstrip('.')}" if job and job.failure_detail else words
