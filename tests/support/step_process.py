"""Runs steps of one job in a process of its own, as a worker would; it may be told where to die.

python -m tests.support.step_process <job id> [<most steps>]
"""

import os
import sys
import time
from uuid import UUID

import django

#: Seconds after which a process that never finds its job due gives up.
PATIENCE = 25.0


def main(job_id: UUID, most: int) -> int:
    """Run the job whenever it is due, until it is over or `most` steps were run."""
    from apps.jobs.models import Job
    from apps.jobs.transitions import FINAL
    from apps.operations.steps import run_job

    give_up, ran = time.monotonic() + PATIENCE, 0
    while ran < most and time.monotonic() < give_up:
        if Job.system.filter(id=job_id, state__in=FINAL).exists():
            return 0
        ran += run_job(job_id)
        time.sleep(0.05)
    return 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    django.setup()
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    sys.exit(main(UUID(sys.argv[1]), steps))
