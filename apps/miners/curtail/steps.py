"""What a tick does for an event that keeps its limit: choose, pause, hold, and let go again."""

from datetime import timedelta
from math import inf, isinf
from typing import Final

from django.db import transaction

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.miners.curtail.choice import Candidate, choose, release
from apps.miners.curtail.dispatch import PAUSE, RESUME, dispatch, keeper
from apps.miners.curtail.moves import M, S, move, move_miner, tell_miner
from apps.miners.curtail.preview import kilo, least_on
from apps.miners.curtail.scene import COMING, Scene
from apps.miners.curtail.sight import reason_against
from apps.miners.models.curtailment import CurtailedMiner, Curtailment

#: A miner that was given up is chosen again after so long, where it is needed.
GIVEN_UP_REST: Final = timedelta(minutes=10)


def keep(scene: Scene, actor: Actor) -> None:
    """One step towards the limit, and one sentence about it."""
    take_more(scene)
    let_go(scene)
    dispatch(scene, scene.of(M.DRIFTED, M.CHOSEN), PAUSE, actor)
    dispatch(scene, scene.of(M.RESTORING), RESUME, keeper(scene.event))
    settle(scene)


def take_more(scene: Scene) -> None:
    """Choose miners for what the ones that are held will not save."""
    event = scene.event
    need = scene.counted(expected=True) - (event.limit_watts or 0)
    if need <= scene.rules.tolerance_watts:
        return
    min_on = least_on(scene.rules, emergency=event.emergency)
    recently = clock.now() - GIVEN_UP_REST
    given_up = {one.device_id for one in scene.of(M.FAILED) if one.changed_at > recently}
    able = [
        one.candidate
        for one in scene.there.values()
        if one.id not in given_up and not reason_against(one, scene.claims, min_on=min_on)
    ]
    for candidate in choose(able, need, scene.rules.tolerance_watts):
        scene.miners.append(take(scene, candidate))


def take(scene: Scene, candidate: Candidate) -> CurtailedMiner:
    """A row that holds the miner from now on."""
    worth = candidate.joule_per_terahash
    with transaction.atomic():
        one = CurtailedMiner.system.create(
            curtailment=scene.event,
            device=scene.there[candidate.id].device,
            place=len(scene.miners),
            watts_before=candidate.watts,
            joule_before=None if isinf(worth) else worth,
        )
        tell_miner(one, "")
    return one


def let_go(scene: Scene) -> None:
    """Give back what is not needed any more: first what was not told yet, then the most efficient.

    Only while all is quiet, so that a wave of commands is judged once it is over.
    """
    surplus = (scene.event.limit_watts or 0) - scene.counted(expected=True)
    if surplus <= scene.rules.tolerance_watts or scene.of(*COMING, M.RESTORING, M.RESUMING):
        return
    least = timedelta(seconds=0 if scene.event.emergency else scene.rules.min_off_seconds)
    now = clock.now()
    rested = {
        one.device_id: one
        for one in scene.of(M.CONFIRMED)
        if scene.is_fresh(one) and one.paused_at and now - one.paused_at >= least
    }
    paused = [candidate_of(one) for one in rested.values()]
    for candidate in release(paused, surplus):
        move_miner(rested[candidate.id], M.RESTORING, detail="It is not needed any more.", tries=0)


def candidate_of(one: CurtailedMiner) -> Candidate:
    """A held miner by what it was before."""
    worth = inf if one.joule_before is None else one.joule_before
    return Candidate(one.device_id, one.watts_before, worth)


def settle(scene: Scene) -> None:
    """Ramping ends once the limit is proven to be kept; the sentence says how it stands."""
    event = scene.event
    counted, words = scene.counted(), spoken(scene)
    reached = counted <= (event.limit_watts or 0) + scene.rules.tolerance_watts
    if event.state == S.RAMPING and reached and not scene.of(M.CHOSEN, M.DISPATCHED):
        move(event, S.HOLDING, sentence=words, held_at=clock.now())
    elif event.sentence != words:
        event.sentence = words
        Curtailment.system.filter(id=event.id, state=event.state).update(sentence=words)


def spoken(scene: Scene) -> str:
    """How the event stands, for whoever looks at it at night."""
    event, counted = scene.event, scene.counted()
    limit = event.limit_watts or 0
    paused = len([one for one in scene.of(M.CONFIRMED) if scene.is_fresh(one)])
    words = f"{kilo(counted):.1f} kW of at most {kilo(limit):.1f} kW; {paused} miners paused"
    if scene.late():
        words += f", {scene.late()} late, awake or silent"
    missing = scene.counted(expected=True) - limit - scene.rules.tolerance_watts
    if missing > 0:
        words += f"; {kilo(missing):.1f} kW more cannot be saved: no other miner may be paused now"
    stops = {stop.place for one in scene.miners if (stop := scene.claims.stop_over(one.device))}
    if stops:
        words += f"; an emergency stop of {', '.join(sorted(stops))} holds commands back"
    return f"{words}."[:500]
