"""The tick that carries rollouts on: it holds nothing in memory and may run many times at once.

Each rollout is worked on under the lock of its row, taken without waiting: what to do is read
anew from the rows every time, so a controller that died or was frozen is simply not missed.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.fleet import stops
from apps.fleet.models.rollout import (
    IN_HAND,
    MemberState,
    PauseCause,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.rollouts import artifacts, calendar, pace, phases, verdicts
from apps.fleet.rollouts.counting import counted
from apps.fleet.rollouts.moves import ENDED, move, move_phase
from apps.fleet.rollouts.starting import Halt
from apps.jobs.models import Job
from apps.jobs.services import job_stop
from apps.kernel import clock
from apps.kernel.errors import Failure

R = RolloutState

#: A controller that stands still in the middle of a step loses its lock after so long.
STEP_SECONDS: Final = 15

log = structlog.get_logger(__name__)


def tick() -> int:
    """Carry every rollout in hand one step further; how many this process worked on."""
    ids = Rollout.system.filter(state__in=IN_HAND).order_by("id").values_list("id", flat=True)
    return sum(carry_on(rollout_id) for rollout_id in list(ids))


def carry_on(rollout_id: UUID) -> bool:
    """One step of one rollout; False while another process works on it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A frozen process must not keep the others from the row for longer than a step.
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{STEP_SECONDS}s"],
            )
        rows = Rollout.system.select_for_update(skip_locked=True)
        rollout = rows.filter(id=rollout_id, state__in=IN_HAND).first()
        if rollout is None:
            return False
        try:
            STEPS[R(rollout.state)](rollout)
        except Failure as failure:
            log.info("rollout left for the next tick", rollout=rollout.name, why=failure.detail)
    return True


def scheduled(rollout: Rollout) -> None:
    """Begin once its time has come."""
    if rollout.not_before is None or rollout.not_before <= clock.now():
        move(rollout, R.RUNNING, sentence="Its time has come.", started_at=clock.now())


def running(rollout: Rollout) -> None:
    """Work on the first phase that is not over."""
    phase = current(rollout)
    if phase is None:
        finish(rollout)
        return
    verdicts.refresh(phase)
    try:
        require_no_stop(rollout)
        artifacts.require_good(rollout, phase)
        calendar.require_open(rollout, phase)
        phases.carry_on(rollout, phase, begin=lambda: pace.begin_some(rollout, phase))
    except Halt as halt:
        pause(rollout, halt.cause, halt.sentence)


def require_no_stop(rollout: Rollout) -> None:
    """Raises `Halt` while an emergency stop covers a device that is still to come."""
    for stop in stops.standing(rollout.tenant_id):
        waiting = rollout.members.filter(
            state=MemberState.QUEUED, device__site_path__startswith=stop.path
        )
        if waiting.exists():
            raise Halt(PauseCause.EMERGENCY_STOP, f"An emergency stop of {stop.place} stands.")


def pausing(rollout: Rollout) -> None:
    """Paused once nothing is under way; what was begun is brought to its end."""
    if settle_members(rollout) == 0:
        move(rollout, R.PAUSED, sentence=rollout.sentence)


def paused(rollout: Rollout) -> None:
    """Nothing is begun; devices that come back late still get their verdict.

    One that waits for a window goes on by itself once it is open.
    """
    settle_members(rollout)
    phase = current(rollout)
    waits = rollout.cause == PauseCause.WINDOW_CLOSED and phase is not None
    if waits and phase is not None and not calendar.why_closed(rollout, phase):
        move(rollout, R.RUNNING, sentence="Its window is open.", cause=PauseCause.NONE)


def cancelling(rollout: Rollout) -> None:
    """Cancelled once nothing is under way."""
    if settle_members(rollout):
        return
    for phase in rollout.phases.exclude(state__in=(PhaseState.PASSED, PhaseState.SKIPPED)):
        move_phase(phase, PhaseState.SKIPPED, sentence="The rollout was cancelled.")
    to = R.ABORTED if rollout.cause == PauseCause.THRESHOLD else R.CANCELLED
    move(rollout, to, sentence=f"{tally_of(rollout)} The rest was not begun.")


def rolling_back(rollout: Rollout) -> None:
    """Rolled back once the rollout that takes it back is over."""
    back = rollout.taken_back_by.order_by("-id").first()
    if back is None or back.state not in ENDED:
        return
    if back.state == R.SUCCEEDED:
        move(rollout, R.ROLLED_BACK, sentence=f"Taken back by rollout {back.name}.")
    else:
        words = f"Rollout {back.name}, which was to take it back, is {back.state}."
        move(rollout, R.COMPLETED_WITH_FAILURES, sentence=words)


STEPS: Final[dict[R, Callable[[Rollout], None]]] = {
    R.SCHEDULED: scheduled,
    R.RUNNING: running,
    R.PAUSING: pausing,
    R.PAUSED: paused,
    R.CANCELLING: cancelling,
    R.ROLLING_BACK: rolling_back,
}


def current(rollout: Rollout) -> Phase | None:
    """The first phase that is not over."""
    over = (PhaseState.PASSED, PhaseState.SKIPPED)
    return rollout.phases.exclude(state__in=over).order_by("number").first()


def settle_members(rollout: Rollout) -> int:
    """Read the verdicts of what is under way; how many still are."""
    under_way = (MemberState.RUNNING, MemberState.UNKNOWN)
    for phase in rollout.phases.filter(members__state__in=under_way).distinct():
        verdicts.refresh(phase)
    return rollout.members.filter(state__in=under_way).count()


def pause(rollout: Rollout, cause: PauseCause, sentence: str) -> None:
    """Begin with nothing more; what is under way is brought to its end."""
    move(rollout, R.PAUSING, sentence=sentence, cause=cause)
    pausing(rollout)


def finish(rollout: Rollout) -> None:
    """All phases are over."""
    to = R.COMPLETED_WITH_FAILURES if counted(rollout.members.all()).went_wrong else R.SUCCEEDED
    move(rollout, to, sentence=tally_of(rollout), cause=PauseCause.NONE)


def tally_of(rollout: Rollout) -> str:
    """How it went, in numbers."""
    tally = counted(rollout.members.all())
    left = tally.neutral + tally.queued
    return (
        f"{tally.good} of {tally.total} devices done, {tally.went_wrong} went wrong, "
        f"{left} left out."
    )


def stop_what_runs(rollout: Rollout) -> None:
    """Wish every job under way to stop at its next safe point."""
    ids = rollout.members.filter(state=MemberState.RUNNING).values_list("job_id", flat=True)
    for job in Job.system.filter(id__in=list(ids)):
        job_stop(job)
