"""What a nursery's process does: it forks a worker for each order, and tells how one ended.

Orders and answers are one JSON value a line. Waits of the product are made short, so that a test
takes seconds; states and moves are the same.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import django

#: Seconds after which a worker that never finds its job due gives up.
PATIENCE: Final = 25.0
#: Longest life of a worker that nobody kills (s).
LIFE_SECONDS: Final = 240.0
LEASE_SECONDS: Final = 3.0
LOOK_AGAIN: Final = 0.3


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork() or life(order)
        print(json.dumps(answer), flush=True)


def life(order: dict[str, Any]) -> int:
    """A worker's whole life; it never returns to the nursery."""
    status = 1
    try:
        prepare(order)
        status = LIVES[order["do"]](order)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def prepare(order: dict[str, Any]) -> None:
    """The order's settings, its crash point, and short waits."""
    from django.conf import settings

    from apps.jobs import claims
    from apps.miners.firmware import attempt, preflight, sending, watching

    os.environ["CRASH_AT"] = order["crash_at"]
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in order["config"].items()}
    settings.CONFIG = settings.CONFIG.model_copy(update=given)
    short: Any = claims
    short.LEASE, short.RENEW_SECONDS = timedelta(seconds=LEASE_SECONDS), LEASE_SECONDS / 4
    for module in (attempt, preflight, sending, watching):
        short = module
        short.LOOK_AGAIN = LOOK_AGAIN
    short = sending
    short.BUSY_PAUSE = 1.0


def steps(order: dict[str, Any]) -> int:
    """Run one job whenever it is due, until it is over."""
    from apps.jobs.models import Job
    from apps.jobs.transitions import FINAL
    from apps.operations.steps import run_job

    job_id, give_up = UUID(order["job"]), time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if Job.system.filter(id=job_id, state__in=FINAL).exists():
            return 0
        if not run_job(job_id):
            time.sleep(0.05)
    return 1


def work(order: dict[str, Any]) -> int:
    """Run whatever is due, and what the ticks of a plane would."""
    from apps.fleet.orphans import targets_close_orphans
    from apps.fleet.rollouts import controller
    from apps.jobs.claims import lapsed
    from apps.jobs.models import Job
    from apps.jobs.transitions import OPEN
    from apps.operations.steps import run_job
    from apps.operations.tasks import take_up

    give_up = time.monotonic() + LIFE_SECONDS
    while time.monotonic() < give_up:
        for job in lapsed():
            take_up(job)
        targets_close_orphans()
        controller.tick()
        ids = Job.system.filter(state__in=OPEN).order_by("?").values_list("id", flat=True)
        if not any(run_job(job_id) for job_id in ids):
            time.sleep(0.05)
    return 0


LIVES: Final[dict[str, Callable[[dict[str, Any]], int]]] = {"steps": steps, "work": work}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    django.setup()
    main()
