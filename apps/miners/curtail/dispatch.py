"""Telling one miner to pause or to resume: its job and its row's move are one transaction."""

from datetime import timedelta
from typing import Final

from django.db import transaction

from apps.kernel import clock
from apps.kernel.actor import Actor, system_actor
from apps.kernel.crashpoints import reached
from apps.kernel.errors import Code, Failure
from apps.miners.curtail.choice import paced
from apps.miners.curtail.moves import M, move_miner
from apps.miners.curtail.scene import Scene
from apps.miners.models.curtailment import CurtailedMiner, Curtailment
from apps.operations import carried
from apps.operations.actors import actor_now
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.perform import accepted

PAUSE: Final = "miners.miner.pause"
RESUME: Final = "miners.miner.resume"
PERMISSION: Final = "miners.operate"
#: Most miners told in one tick, so that a tick stays short.
MOST_A_TICK: Final = 50
#: How long a miner that something else holds is left alone (seconds).
HELD_PAUSE: Final = 10.0


def starter(event: Curtailment) -> Actor | None:
    """Whoever started it, with the rights of now; None when there are none any more."""
    actor = actor_now(event.starter, event.tenant_id)
    fits = actor is not None and actor.may_at(PERMISSION, event.site_path)
    return actor if fits else None


def keeper(event: Curtailment) -> Actor:
    """Who restores: whoever started it, and the plane itself where that one may not any more.

    Rights that are taken away must not leave miners paused for ever.
    """
    return starter(event) or system_actor("curtailment", tenant_id=event.tenant_id)


def dispatch(scene: Scene, waiting: list[CurtailedMiner], operation: str, actor: Actor) -> None:
    """Tell as many of `waiting` as the pace of their circuits allows; an emergency has none.

    A miner under an emergency stop, or in the hands of a job, waits: nothing is sent to it.
    """
    now = clock.now()
    due = [one for one in waiting if one.not_before is None or one.not_before <= now]
    free = [one for one in due if not put_off(scene, one)]
    for one in allowed(scene, free)[:MOST_A_TICK]:
        tell(scene.event, one, operation, actor)


def allowed(scene: Scene, free: list[CurtailedMiner]) -> list[CurtailedMiner]:
    """Those whose circuits bear it now."""
    if scene.event.emergency:
        return free
    rules = scene.rules
    found = paced(
        [scene.switch(one) for one in free],
        scene.switched(),
        miners_per_minute=rules.miners_per_minute,
        watts_per_minute=rules.watts_per_minute,
    )
    return [each.one for each in found]


def put_off(scene: Scene, one: CurtailedMiner) -> bool:
    """Whether something stands in the way for now; then its row says what."""
    stop = scene.claims.stop_over(one.device)
    holder = scene.claims.jobs.get(one.device_id)
    if stop is not None:
        later(one, f"An emergency stop of {stop.place} covers it; nothing is sent until it ends.")
    elif holder is not None:
        later(one, f"It is held by {holder}; it is tried again.")
    return stop is not None or holder is not None


def later(one: CurtailedMiner, why: str) -> None:
    """Come back to it; the reason is on its row."""
    one.detail, one.not_before = why[:500], clock.now() + timedelta(seconds=HELD_PAUSE)
    CurtailedMiner.system.filter(id=one.id, state=one.state).update(
        detail=one.detail, not_before=one.not_before
    )


def tell(event: Curtailment, one: CurtailedMiner, operation: str, actor: Actor) -> None:
    """The intent, the job and the move together; a refusal is kept on the row."""
    call = Call(
        operation=operation,
        input={"device": str(one.device_id)},
        actor=actor,
        face=Face(event.face),
        key=f"curtail:{one.id}:{one.commands + 1}",
        reason=(event.reason or f"curtailment {event.name}")[:500],
        request_id=event.request_id,
        trace_id=event.trace_id,
    )
    to = M.DISPATCHED if operation == PAUSE else M.RESUMING
    try:
        with transaction.atomic():
            outcome = accepted(carried.admitted(call))
            if outcome.job is None:
                raise TypeError(f"{operation} was accepted without a job")
            reached("miners.curtail.accepted")
            move_miner(
                one,
                to,
                detail=one.detail,
                job_id=outcome.job.id,
                commands=one.commands + 1,
                tries=one.tries + 1,
                commanded_at=clock.now(),
                not_before=None,
            )
    except Failure as failure:
        if failure.code not in (Code.NOT_FOUND, Code.FORBIDDEN, Code.INVALID):
            raise
        move_miner(one, M.FAILED, detail=failure.detail, late=True)
