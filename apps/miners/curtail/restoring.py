"""Letting the miners of an event hash again, in stages, the most efficient first."""

from datetime import timedelta
from typing import Final

from apps.audit.services import Act
from apps.jobs.models import Job
from apps.jobs.transitions import FINAL
from apps.kernel import clock
from apps.miners.curtail.choice import ranked
from apps.miners.curtail.dispatch import RESUME, dispatch, keeper
from apps.miners.curtail.moves import M, S, hand_over, move, move_miner
from apps.miners.curtail.scene import Scene, ids_of
from apps.miners.curtail.steps import candidate_of
from apps.miners.models.curtailment import HELD, CurtailedMiner, Curtailment

KEEPING: Final = (S.RAMPING, S.HOLDING)


def restore(event: Curtailment, sentence: str, act: Act | None = None) -> None:
    """Turn an event round: nothing more is paused, and what is paused is let go in stages."""
    now = clock.now()
    move(event, S.RESTORING, sentence=sentence, restoring_at=now, stage=0, stage_at=now, act=act)
    scene = Scene(event)
    for one in scene.of(M.CHOSEN):
        move_miner(one, M.RELEASED, detail="It was not told yet.")
    hand_on(scene)
    stage(scene, [*scene.of(M.DISPATCHED, M.CONFIRMED, M.DRIFTED), *left_paused(scene)])


def stage(scene: Scene, miners: list[CurtailedMiner]) -> None:
    """Split them into stages as even as can be."""
    by_id = {one.device_id: one for one in miners}
    order = list(reversed(ranked(candidate_of(one) for one in miners)))
    for index, candidate in enumerate(order):
        number = index * scene.rules.stages // len(order)
        move_miner(by_id[candidate.id], M.RESTORING, stage=number, tries=0, late=False)


def left_paused(scene: Scene) -> list[CurtailedMiner]:
    """Miners that were given up while they were to be paused, and are paused all the same."""
    found = []
    for one in scene.of(M.FAILED):
        seen, other = scene.seen(one), scene.claims.curtailed.get(one.device_id)
        if one.commands and seen and seen.is_paused(one.watts_before) and other is None:
            found.append(one)
    return found


def hand_on(scene: Scene) -> None:
    """Leave to other events for the place what they would otherwise have to pause again."""
    others = Curtailment.system.filter(tenant_id=scene.event.tenant_id, state__in=KEEPING)
    for other in others.exclude(id=scene.event.id).order_by("-emergency", "-priority", "id"):
        theirs = Scene(other)
        room = (other.limit_watts or 0) + theirs.rules.tolerance_watts
        ours = [one for one in scene.of(M.CONFIRMED) if one.device_id in theirs.there]
        drawn = theirs.counted(expected=True)
        for candidate in reversed(ranked(candidate_of(one) for one in ours)):
            drawn += candidate.shed_watts
            if drawn <= room:
                continue
            drawn -= candidate.shed_watts
            one = next(each for each in ours if each.device_id == candidate.id)
            hand_over(one, other)
            scene.miners.remove(one)


def carry_on(scene: Scene) -> None:
    """Tell the miners of the stages that have come; the end, once nobody is held."""
    event = scene.event
    held = [one for one in scene.miners if one.state in HELD]
    if not held:
        finish(scene)
        return
    pause_jobs = set(
        Job.system.filter(id__in=ids_of(held)).exclude(state__in=FINAL).values_list("id", flat=True)
    )
    waiting = [
        one
        for one in scene.of(M.RESTORING)
        if one.stage <= event.stage and one.job_id not in pause_jobs
    ]
    dispatch(scene, waiting, RESUME, keeper(event))
    next_stage(scene, held)


def next_stage(scene: Scene, held: list[CurtailedMiner]) -> None:
    """The next stage begins once this one hashes and has been watched for its time."""
    event, now = scene.event, clock.now()
    watched = timedelta(seconds=scene.rules.stage_seconds)
    under_way = [one for one in held if one.stage <= event.stage and not one.late]
    if under_way or (event.stage_at and now - event.stage_at < watched):
        return
    coming = [one.stage for one in held if one.stage > event.stage]
    if coming:
        event.stage, event.stage_at = min(coming), now
        event.sentence = f"Stage {event.stage + 1} of {scene.rules.stages} is being restored."
        Curtailment.system.filter(id=event.id, state=event.state).update(
            stage=event.stage, stage_at=now, sentence=event.sentence
        )


def finish(scene: Scene) -> None:
    """Everything that can be is restored; who is not is named."""
    restored = len(scene.of(M.RESTORED))
    failed = [one.device.name for one in scene.of(M.FAILED)]
    words = f"{restored} miners restored."
    if failed:
        words += f" Look at these by hand: {', '.join(failed[:10])}"
        words += f" and {len(failed) - 10} more." if len(failed) > 10 else "."
    move(scene.event, S.ENDED, sentence=words)
