"""Reads of rollouts, always for somebody."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.fleet.models.rollout import Member, MemberRows, Phase, Rollout, RolloutRows, RolloutState
from apps.fleet.rollouts.counting import counted
from apps.fleet.rollouts.rules import Tally
from apps.fleet.rollouts.schemas import (
    FleetRolloutMember,
    FleetRolloutMovedOut,
    FleetRolloutOut,
    FleetRolloutPhase,
)
from apps.fleet.selectors import VIEW
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.operations.models import Approval, ApprovalState

START = "fleet.rollout.start"
#: What a planned rollout is called while a second person is asked.
AWAITING = "awaiting_approval"


def rollouts(actor: Actor) -> RolloutRows:
    """Rollouts that the actor may see, newest first."""
    return Rollout.objects.for_actor(actor, VIEW)


def rollout_get(actor: Actor, rollout_id: UUID, permission: str = VIEW) -> Rollout:
    """One rollout; raises `not_found` whether absent or foreign."""
    found = Rollout.objects.for_actor(actor, permission).filter(id=rollout_id).first()
    if found is None:
        raise not_found("rollout", rollout_id)
    return found


def members(actor: Actor, rollout: Rollout) -> MemberRows:
    """Its devices that the actor may see, in the order in which they are reached."""
    rows = Member.objects.for_actor(actor, VIEW, Q(rollout=rollout))
    return rows.select_related("device").order_by("place")


def under_way(tenant_id: UUID, operation: str, given: Mapping[str, Any]) -> int:
    """How many rollouts of the operation, with these fields of its input, are under way."""
    wanted = dict(given)
    states = (RolloutState.SCHEDULED, RolloutState.RUNNING, RolloutState.PAUSING)
    rows = Rollout.system.filter(tenant_id=tenant_id, operation=operation, state__in=states)
    found = rows.filter(Q(input__contains=wanted) | Q(members__overrides__contains=wanted))
    return found.order_by().values("id").distinct().count()


def state_of(rollout: Rollout) -> str:
    """Its state; a planned one that waits for a second person says so."""
    if rollout.state != RolloutState.PLANNED:
        return rollout.state
    asked = Approval.system.filter(
        tenant_id=rollout.tenant_id,
        operation=START,
        input__rollout=str(rollout.id),
        state=ApprovalState.PENDING,
    )
    return AWAITING if asked.exists() else rollout.state


def moved(rollout: Rollout) -> FleetRolloutMovedOut:
    """Where it stands, without its devices."""
    return FleetRolloutMovedOut(
        rollout=rollout.id,
        name=rollout.name,
        state=state_of(rollout),
        cause=rollout.cause,
        sentence=rollout.sentence,
    )


def shown(rollout: Rollout, *, state: str = "", limit: int = 0, after: int = -1) -> FleetRolloutOut:
    """A rollout with its phases and one page of its devices."""
    rows = rollout.members.filter(place__gt=after).select_related("device", "phase")
    if state:
        rows = rows.filter(state=state)
    page = list(rows.order_by("place")[: limit + 1]) if limit else []
    phases = list(rollout.phases.all())
    tallies = [counted(phase.members.all()) for phase in phases]
    return FleetRolloutOut(
        rollout=rollout.id,
        name=rollout.name,
        operation=rollout.operation,
        input=rollout.input,
        state=state_of(rollout),
        cause=rollout.cause,
        sentence=rollout.sentence,
        total=sum(tally.total for tally in tallies),
        phases=[_phase(*both) for both in zip(phases, tallies, strict=True)],
        takes_back=rollout.takes_back_id,
        created_by=rollout.created_by,
        created_at=rollout.created_at,
        started_at=rollout.started_at,
        finished_at=rollout.finished_at,
        members=list(_members(page[:limit])),
        next=page[limit - 1].place if limit and len(page) > limit else None,
    )


def _phase(phase: Phase, tally: Tally) -> FleetRolloutPhase:
    return FleetRolloutPhase(
        number=phase.number,
        name=phase.name,
        state=phase.state,
        sentence=phase.sentence,
        rules=phase.rules,
        total=tally.total,
        queued=tally.queued,
        running=tally.running,
        good=tally.good,
        bad=tally.went_wrong,
        neutral=tally.neutral,
        soak_until=phase.soak_until,
    )


def _members(page: Iterable[Member]) -> Iterable[FleetRolloutMember]:
    for member in page:
        yield FleetRolloutMember(
            device=member.device_id,
            name=member.device.name,
            phase=member.phase.number,
            state=member.state,
            detail=member.detail,
            job=member.job_id,
        )
