"""A miner that comes back after its upgrade was given up: noted at the job, and nothing flips."""

from collections.abc import Mapping
from uuid import UUID

from apps.fleet.models import Target, TargetState
from apps.jobs.models import Job
from apps.jobs.services import job_log
from apps.kernel import clock


def results_note(versions: Mapping[UUID, str]) -> int:
    """Note once, at the job, what a miner runs that came back late; how many were noted.

    `versions` is what miners, by device, say now. The verdict stays `timed_out`: it was true
    when it was given, and whoever acted on it must find it again.
    """
    rows = Target.system.filter(
        device_id__in=versions, state=TargetState.TIMED_OUT, device_after__isnull=True
    )
    return sum(_note(row, versions[row.device_id]) for row in rows.select_related("device"))


def _note(target: Target, version: str) -> bool:
    late = {"version": version, "late": True, "at": clock.now().isoformat()}
    mine = Target.system.filter(
        id=target.id, state=TargetState.TIMED_OUT, device_after__isnull=True
    ).update(device_after=late)
    job = Job.system.filter(id=target.job_id).first()
    if mine and job is not None:
        words = f"Late result: {target.device.name} is back and runs {version}."
        job_log(job, f"{words} The job had ended as timed out before, and stays so.")
    return bool(mine)
