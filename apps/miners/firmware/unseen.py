"""Time in which nobody looked at a miner is not held against it.

A deadline is an instant by the wall clock. Where that was set meanwhile, or the plane was away,
the deadline of a miner that is being waited for moves by as much: no clock and no outage of ours
makes a thousand miners time out at once.
"""

from datetime import datetime, timedelta
from typing import Final

from apps.fleet import targets
from apps.fleet.models import TargetState
from apps.kernel import clock
from apps.miners.firmware.attempt import Attempt
from apps.miners.firmware.sending import BUSY_UNTIL
from apps.operations.core import Again

#: Where a step remembers when it looked, and when the next one is due.
SEEN: Final = "seen"
DUE: Final = "due"
#: A step comes so much late or early only when the clock was set or the plane was away; a worker
#: that died is noticed sooner.
MOST: Final = timedelta(seconds=60)
#: States in which a miner is waited for.
WAITED_FOR: Final = frozenset(
    {
        TargetState.PREFLIGHT,
        TargetState.SENT,
        TargetState.REBOOTING,
        TargetState.VERIFYING,
        TargetState.COMMITTED,
        TargetState.RECONCILING,
    }
)


def remembered(again: Again) -> Again:
    """The same, with the time of this look and of the next."""
    now = clock.now()
    due = now + timedelta(seconds=again.after)
    return Again(again.after, {**again.state, SEEN: now.isoformat(), DUE: due.isoformat()})


def forgive(attempt: Attempt) -> None:
    """Where this look comes too late or too early, move the deadline by the time since the last."""
    state, moved_at = attempt.ctx.state or {}, attempt.target.updated_at
    if DUE not in state or attempt.state not in WAITED_FOR:
        return
    now = clock.now()
    if abs(now - max(datetime.fromisoformat(state[DUE]), moved_at)) < MOST:
        return
    gap = now - max(datetime.fromisoformat(state[SEEN]), moved_at)
    attempt.target = targets.deadline_move(attempt.target, gap)
    if BUSY_UNTIL in state:
        until = datetime.fromisoformat(state[BUSY_UNTIL]) + gap
        attempt.ctx.state = {**state, BUSY_UNTIL: until.isoformat()}
    attempt.ctx.line(
        f"The last look was {gap.total_seconds():,.0f} s ago (the clock was set, or the plane was "
        "away); the miner has that time on top."
    )
