"""The state machines of a rollout, its phases and its members, and the moves along them.

    draft -> planned -> approved -> scheduled -> running <-> pausing, paused
    running -> succeeded | completed_with_failures | aborted | cancelled (by way of cancelling)
    an ended one -> rolling_back -> rolled_back

Every move is one guarded UPDATE, one audit row and one event, in one transaction.
"""

from typing import Any, Final, TypeAlias
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.audit.services import Act, Subject, transition
from apps.events.publish import publish
from apps.events.types import RolloutChanged, RolloutMemberMoved
from apps.fleet.models.rollout import (
    Member,
    MemberState,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.models.target import TERMINAL
from apps.fleet.targets import IllegalMoveError
from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.kernel.crashpoints import reached
from apps.kernel.errors import conflict

R: TypeAlias = RolloutState
P: TypeAlias = PhaseState
M: TypeAlias = MemberState

ENDED: Final = frozenset(
    {R.SUCCEEDED, R.COMPLETED_WITH_FAILURES, R.ABORTED, R.CANCELLED, R.ROLLED_BACK}
)
ROLLOUT_MOVES: Final[dict[R, frozenset[R]]] = {
    R.DRAFT: frozenset({R.PLANNED, R.CANCELLED}),
    R.PLANNED: frozenset({R.PLANNED, R.DRAFT, R.APPROVED, R.CANCELLED}),
    R.APPROVED: frozenset({R.SCHEDULED, R.RUNNING, R.CANCELLED}),
    R.SCHEDULED: frozenset({R.RUNNING, R.PAUSED, R.CANCELLED}),
    R.RUNNING: frozenset(
        {R.PAUSING, R.PAUSED, R.CANCELLING, R.SUCCEEDED, R.COMPLETED_WITH_FAILURES, R.ABORTED}
    ),
    R.PAUSING: frozenset({R.PAUSED, R.RUNNING, R.CANCELLING}),
    R.PAUSED: frozenset({R.PAUSED, R.RUNNING, R.CANCELLING}),
    R.CANCELLING: frozenset({R.CANCELLED, R.ABORTED}),
    R.SUCCEEDED: frozenset({R.ROLLING_BACK}),
    R.COMPLETED_WITH_FAILURES: frozenset({R.ROLLING_BACK}),
    R.ABORTED: frozenset({R.ROLLING_BACK}),
    R.CANCELLED: frozenset({R.ROLLING_BACK}),
    R.ROLLING_BACK: frozenset({R.ROLLED_BACK, R.COMPLETED_WITH_FAILURES}),
    R.ROLLED_BACK: frozenset(),
}
PHASE_MOVES: Final[dict[P, frozenset[P]]] = {
    P.PENDING: frozenset({P.RUNNING, P.SKIPPED}),
    P.RUNNING: frozenset({P.SOAKING, P.GATE, P.PASSED, P.FAILED, P.SKIPPED}),
    P.SOAKING: frozenset({P.GATE, P.PASSED, P.FAILED, P.SKIPPED}),
    P.GATE: frozenset({P.PASSED, P.FAILED, P.SKIPPED}),
    P.FAILED: frozenset({P.RUNNING, P.SKIPPED}),
    P.PASSED: frozenset(),
    P.SKIPPED: frozenset(),
}
FINAL: Final = frozenset(M(one) for one in TERMINAL)
MEMBER_MOVES: Final[dict[M, frozenset[M]]] = {
    M.QUEUED: frozenset({M.RUNNING, M.CANCELLED, M.REJECTED, M.NOT_APPLICABLE, M.ALREADY_DONE}),
    M.RUNNING: frozenset({M.UNKNOWN}) | FINAL,
    M.UNKNOWN: frozenset({M.RUNNING}) | FINAL,
    **{one: frozenset() for one in FINAL},
}


def move(
    rollout: Rollout, to: RolloutState, *, act: Act | None = None, sentence: str = "", **fields: Any
) -> Rollout:
    """Move a rollout on; raises `conflict` when somebody else moved it meanwhile."""
    before = R(rollout.state)
    if to not in ROLLOUT_MOVES[before]:
        raise IllegalMoveError(f"a rollout cannot go from {before} to {to}")
    changed = {"state": to, "sentence": sentence[:500], **_ends(to in ENDED), **fields}
    with transaction.atomic():
        rows = Rollout.system.filter(id=rollout.id, state=before, version=rollout.version)
        if not rows.update(version=F("version") + 1, **changed):
            raise conflict(f"Something else moved rollout {rollout.name!r} meanwhile; look again.")
        rollout.refresh_from_db(from_queryset=Rollout.system.all())
        _tell(rollout, act, before, None, sentence)
        reached(f"fleet.rollout.{to.value}")
    return rollout


def move_phase(phase: Phase, to: PhaseState, *, sentence: str = "", **fields: Any) -> None:
    """Move a phase on, under the lock that the caller has on its rollout."""
    before = P(phase.state)
    if to not in PHASE_MOVES[before]:
        raise IllegalMoveError(f"a phase cannot go from {before} to {to}")
    over = to in (P.PASSED, P.FAILED, P.SKIPPED)
    changed = {"state": to, "sentence": sentence[:500], **_ends(over), **fields}
    with transaction.atomic():
        if not Phase.objects.filter(id=phase.id, state=before).update(**changed):
            raise conflict("Something else moved this phase meanwhile; look again.")
        for name, value in changed.items():
            setattr(phase, name, value)
        _tell(phase.rollout, None, before, phase, sentence)
        reached(f"fleet.phase.{to.value}")


def move_member(member: Member, to: MemberState, *, detail: str = "", **fields: Any) -> None:
    """Move a member on, under the lock that the caller has on its rollout."""
    before = M(member.state)
    if to not in MEMBER_MOVES[before]:
        raise IllegalMoveError(f"a member cannot go from {before} to {to}")
    changed = {"state": to, "detail": detail[:500], **_ends(to in FINAL), **fields}
    with transaction.atomic():
        if not Member.system.filter(id=member.id, state=before).update(**changed):
            raise conflict("Something else moved this device of the rollout; look again.")
        for name, value in changed.items():
            setattr(member, name, value)
        _tell_member(member, before, detail)


def members_move(rollout: Rollout, to: MemberState, *, detail: str) -> None:
    """Move all that are queued, where nothing more is begun."""
    for member in rollout.members.filter(state=M.QUEUED).select_related("device", "rollout"):
        move_member(member, to, detail=detail)


def act_of_rollout(rollout: Rollout, operation: str = "fleet.rollout.start") -> Act:
    """What rows about a rollout's own moves have in common."""
    return Act(
        operation=operation,
        face=rollout.face,
        actor=system_actor("rollouts", tenant_id=rollout.tenant_id),
        request_id=rollout.request_id,
        trace_id=rollout.trace_id,
        subject=subject_of(rollout),
    )


def subject_of(rollout: Rollout) -> Subject:
    """The rollout as evidence names it."""
    return Subject("rollout", rollout.id, rollout.name, rollout.site_path)


def _ends(over: bool) -> dict[str, Any]:
    return {"finished_at": clock.now()} if over else {}


def _tell(
    rollout: Rollout, act: Act | None, before: str, phase: Phase | None, sentence: str
) -> None:
    after = phase.state if phase else rollout.state
    what = {"phase": phase.number} if phase else {}
    transition(
        (act or act_of_rollout(rollout)).about(subject_of(rollout)),
        verdict=after,
        detail=sentence,
        before={**what, "state": before},
        after={**what, "state": after},
    )
    event = RolloutChanged(
        rollout_id=rollout.id,
        name=rollout.name,
        state=rollout.state,
        phase=phase.number if phase else None,
        phase_state=phase.state if phase else "",
        sentence=sentence[:500],
    )
    publish(event, tenant_id=rollout.tenant_id, site_path=rollout.site_path)


def _tell_member(member: Member, before: str, detail: str) -> None:
    rollout, device = member.rollout, member.device
    subject = Subject("device", device.id, device.name, device.site_path, device.id)
    transition(
        act_of_rollout(rollout).about(subject),
        verdict=member.state,
        detail=detail,
        before={"state": before},
        after={"state": member.state, "attempt": member.attempt, "job": _text(member.job_id)},
    )
    event = RolloutMemberMoved(
        rollout_id=rollout.id,
        device_id=device.id,
        name=device.name,
        state=member.state,
        job_id=member.job_id,
        detail=detail[:500],
    )
    publish(event, tenant_id=rollout.tenant_id, site_path=device.site_path, device_id=device.id)


def _text(number: UUID | None) -> str | None:
    return str(number) if number else None
