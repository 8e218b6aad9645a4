"""The tick that carries curtailments on: it holds nothing in memory and may run many times at once.

Each event is worked on under the lock of its row, taken without waiting; what to do is read anew
from the rows every time.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.kernel import clock
from apps.kernel.errors import Failure
from apps.miners.curtail import restoring, steps, verdicts
from apps.miners.curtail.dispatch import starter
from apps.miners.curtail.moves import M, S, hand_over, move
from apps.miners.curtail.scene import Scene
from apps.miners.models.curtailment import (
    IN_HAND,
    CurtailedMiner,
    Curtailment,
    CurtailmentMode,
    CurtailmentSample,
)

#: A process that stands still in the middle of a step loses its lock after so long.
STEP_SECONDS: Final = 15
#: Between two samples of an event's report.
SAMPLE_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


def tick() -> int:
    """Carry every event in hand one step further; how many this process worked on."""
    rows = Curtailment.system.filter(state__in=IN_HAND)
    # The more urgent one chooses first where two are for one place.
    ids = rows.order_by("-emergency", "-priority", "id").values_list("id", flat=True)
    return sum(carry_on(event_id) for event_id in list(ids))


def carry_on(event_id: UUID) -> bool:
    """One step of one event; False while another process works on it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A frozen process must not keep the others from the row for longer than a step.
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{STEP_SECONDS}s"],
            )
        rows = Curtailment.system.select_for_update(skip_locked=True)
        event = rows.filter(id=event_id, state__in=IN_HAND).first()
        if event is None:
            return False
        try:
            with transaction.atomic():
                STEPS[S(event.state)](event)
        except Failure as failure:
            log.info("curtailment left for the next tick", name=event.name, why=failure.detail)
    return True


def planned(event: Curtailment) -> None:
    """Begin once its time has come: what is drawn now is what it is measured against."""
    now = clock.now()
    if event.not_before is not None and event.not_before > now:
        return
    scene = Scene(event)
    drawn = scene.measured()
    reduce = event.mode == CurtailmentMode.REDUCE
    limit = max(0, drawn - event.target_watts) if reduce else event.target_watts
    until = event.until
    if until is None and event.minutes is not None:
        until = now + timedelta(minutes=event.minutes)
    move(
        event,
        S.RAMPING,
        sentence="Begun.",
        baseline_watts=drawn,
        limit_watts=limit,
        started_at=now,
        until=until,
    )
    sample(Scene(event))


def take_over(event: Curtailment) -> None:
    """What others chose and have not told yet is told by an emergency, without their pace."""
    waiting = CurtailedMiner.system.filter(
        curtailment__tenant_id=event.tenant_id,
        curtailment__emergency=False,
        device__site_path__startswith=event.site_path,
        state=M.CHOSEN,
    )
    for one in waiting.select_related("device", "curtailment").select_for_update(
        of=("self",), skip_locked=True
    ):
        hand_over(one, event)


def keeping(event: Curtailment) -> None:
    """Reach the limit and hold it, until its time is over or its starter may not any more."""
    if event.until is not None and event.until <= clock.now():
        restoring.restore(event, "Its time is over.")
        return
    actor = starter(event)
    if actor is None:
        restoring.restore(event, "Whoever started it may not do this any more.")
        return
    if event.emergency:
        take_over(event)
    scene = Scene(event)
    verdicts.refresh(scene)
    steps.keep(scene, actor)
    sample(scene)


def restored(event: Curtailment) -> None:
    """Let the miners hash again, stage by stage."""
    scene = Scene(event)
    verdicts.refresh(scene)
    restoring.carry_on(scene)
    sample(scene)


STEPS: Final[dict[S, Callable[[Curtailment], None]]] = {
    S.PLANNED: planned,
    S.RAMPING: keeping,
    S.HOLDING: keeping,
    S.RESTORING: restored,
}


def sample(scene: Scene) -> None:
    """One point of the report, where the last one is old enough."""
    event, now = scene.event, clock.now()
    newest = event.samples.order_by("-at").values_list("at", flat=True).first()
    over = event.state == S.ENDED
    if newest is not None and not over and (now - newest).total_seconds() < SAMPLE_SECONDS:
        return
    paused = [one for one in scene.of(M.CONFIRMED) if scene.is_fresh(one)]
    row = CurtailmentSample(
        curtailment=event,
        at=now,
        watts=scene.measured(),
        counted_watts=scene.counted(),
        paused=len(paused),
        late=scene.late(),
    )
    CurtailmentSample.objects.bulk_create([row], ignore_conflicts=True)
