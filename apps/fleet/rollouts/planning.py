"""What a rollout would do to each of its devices, before it does it."""

from typing import Any, Final

from apps.fleet.models.rollout import Member, MemberState, Rollout
from apps.fleet.rollouts import carrying
from apps.fleet.rollouts.rules import PhaseRules
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations import carried
from apps.operations.admitted import Admitted
from apps.operations.confirm import plan_of
from apps.operations.core import Danger, Face
from apps.operations.outcome import Plan, PlanRefusal, PlanTarget

#: Failures that speak of one device only; every other one speaks of the whole rollout.
OF_ONE_DEVICE: Final = frozenset({Code.NOT_FOUND, Code.INVALID})


def plan_rollout(rollout: Rollout, actor: Actor, face: Face) -> Plan:
    """The plans of all members in one, in the order in which they will be reached.

    A device that would be refused is named with its reason; the rollout leaves it out.
    """
    targets: list[PlanTarget] = []
    changes: list[Any] = []
    refusals: list[PlanRefusal] = []
    risks: dict[str, None] = {}
    for member in rollout.members.filter(state=MemberState.QUEUED).select_related("device"):
        device = member.device
        targets.append(PlanTarget(kind="device", id=device.id, label=device.name))
        plan = plan_member(rollout, member, actor, face)
        changes += plan.changes
        refusals += plan.refusals
        risks |= dict.fromkeys(plan.risks)
    return Plan(
        targets=tuple(targets),
        changes=tuple(changes),
        refusals=tuple(refusals),
        risks=(*spoken(rollout), *risks),
    )


def require_fit(rollout: Rollout, actor: Actor, face: Face) -> None:
    """Raises what is wrong with the common input, or with the actor's right to the operation."""
    member = rollout.members.select_related("device").order_by("place").first()
    if member is not None:
        admit_member(rollout, member, actor, face)


def plan_member(rollout: Rollout, member: Member, actor: Actor, face: Face) -> Plan:
    """The plan for one device; a failure that is about it alone becomes a refusal.

    Only what disturbs is planned device by device: the plan of a mere change may ask the device
    itself, and a thousand devices are not asked while somebody waits or a row is locked.
    """
    try:
        admitted = admit_member(rollout, member, actor, face)
        return plan_of(admitted) if admitted.danger >= Danger.DISRUPTIVE else Plan()
    except Failure as failure:
        if failure.code not in OF_ONE_DEVICE:
            raise
        return Plan(refusals=(PlanRefusal(target=member.device_id, reason=failure.detail),))


def admit_member(rollout: Rollout, member: Member, actor: Actor, face: Face) -> Admitted:
    """The call for one device, authorised and parsed: neither charged nor gated."""
    return carried.admitted(carrying.call_for(rollout, member, actor, face))


def spoken(rollout: Rollout) -> list[str]:
    """One sentence a phase: how many, how fast, and what stops it."""
    sentences = []
    for phase in rollout.phases.all():
        rules, count = PhaseRules.model_validate(phase.rules), phase.members.count()
        words = [
            f"Phase {phase.number + 1} ({phase.name}): {count} device{'s' if count > 1 else ''}, "
            f"{rules.concurrency} at once"
        ]
        if rules.soak_seconds:
            words.append(f"watched for {rules.soak_seconds} s")
        if rules.gate == "manual":
            words.append("then a person decides")
        sentences.append(", ".join(words) + ".")
    return sentences
