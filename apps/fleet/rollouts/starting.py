"""Beginning with one device: its job and the member's move are one transaction."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction

from apps.fleet import stops, targets
from apps.fleet.models.rollout import Member, MemberState, PauseCause, Rollout
from apps.fleet.rollouts import planning
from apps.fleet.rollouts.moves import move_member
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.crashpoints import reached
from apps.kernel.errors import Code, Failure
from apps.operations.core import Face
from apps.operations.one_job import DeviceTaken
from apps.operations.perform import accepted

#: How long a device that another job holds is left alone (seconds).
HELD_PAUSE: Final = 10.0


class Begun(StrEnum):
    """What became of the wish to begin with a device."""

    STARTED = "started"
    LATER = "later"
    LEFT_OUT = "left_out"


class Halt(Exception):  # noqa: N818 - a verdict about the rollout, not an error
    """The rollout has to pause: what stands in the way concerns more than one device."""

    def __init__(self, cause: PauseCause, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.sentence = sentence


def begin(rollout: Rollout, member: Member, actor: Actor) -> Begun:
    """Begin with one device, leave it out for good, or come back to it; raises `Halt`.

    Runs under the lock of the rollout's row. The plan is made anew: a device that may no longer
    be touched is left out, whatever was confirmed.
    """
    stop = stops.over(member.device)
    if stop is not None:
        raise Halt(
            PauseCause.EMERGENCY_STOP,
            f"An emergency stop of {stop.place} covers {member.device.name}.",
        )
    holder = targets.holder_of(member.device)
    if holder is not None:
        return later(member, f"Job {holder.job_id} has the device; it is tried again.")
    try:
        return accept(rollout, member, actor)
    except DeviceTaken as taken:
        return later(member, f"{taken.detail} It is tried again.")
    except Failure as failure:
        if failure.code in planning.OF_ONE_DEVICE:
            return left_out(member, failure.detail)
        if failure.code is Code.FORBIDDEN:
            raise Halt(PauseCause.RIGHTS, failure.detail) from failure
        raise Halt(PauseCause.WITHDRAWN, failure.detail) from failure


def accept(rollout: Rollout, member: Member, actor: Actor) -> Begun:
    """Plan, then the job's row, its intent and the member's move together."""
    face = Face(rollout.face)
    plan = planning.plan_member(rollout, member, actor, face)
    refusal = next((one for one in plan.refusals if one.target == member.device_id), None)
    if refusal is not None:
        return left_out(member, refusal.reason)
    with transaction.atomic():
        admitted = planning.admit_member(rollout, member, actor, face)
        outcome = accepted(replace(admitted, plan=plan))
        if outcome.job is None:
            raise TypeError(f"{rollout.operation} was accepted without a job")
        reached("fleet.rollout.accepted")
        before = [*member.jobs_before, member.job_id] if member.job_id else member.jobs_before
        move_member(
            member,
            MemberState.RUNNING,
            job_id=outcome.job.id,
            jobs_before=before,
            attempt=member.attempt + 1,
            started_at=clock.now(),
        )
    return Begun.STARTED


def left_out(member: Member, reason: str) -> Begun:
    """Nothing was begun and nothing will be."""
    move_member(member, MemberState.NOT_APPLICABLE, detail=reason)
    return Begun.LEFT_OUT


def later(member: Member, why: str) -> Begun:
    """Come back to it; the reason is on its row."""
    until = clock.now() + timedelta(seconds=HELD_PAUSE)
    Member.system.filter(id=member.id, state=MemberState.QUEUED).update(
        not_before=until, detail=why[:500]
    )
    return Begun.LATER
