"""The state machines of a curtailment and its miners, and the moves along them.

    planned -> ramping -> holding -> restoring -> ended
    planned -> cancelled (nothing was sent); ramping -> restoring

    chosen -> dispatched -> confirmed -> restoring -> resuming -> restored
    dispatched | confirmed -> drifted -> dispatched (woke up, or did not obey in time)

Every move is one guarded UPDATE, one audit row and one event, in one transaction.
"""

from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import F

from apps.audit.services import Act, Subject, transition
from apps.events.publish import publish
from apps.events.types import CurtailedMinerMoved, CurtailmentChanged
from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.kernel.errors import conflict
from apps.miners.models.curtailment import (
    CurtailedMiner,
    CurtailedState,
    Curtailment,
    CurtailmentState,
)

S: TypeAlias = CurtailmentState
M: TypeAlias = CurtailedState

MOVES: Final[dict[S, frozenset[S]]] = {
    S.PLANNED: frozenset({S.RAMPING, S.CANCELLED}),
    S.RAMPING: frozenset({S.HOLDING, S.RESTORING}),
    S.HOLDING: frozenset({S.RESTORING}),
    S.RESTORING: frozenset({S.ENDED}),
    S.ENDED: frozenset(),
    S.CANCELLED: frozenset(),
}
OVER: Final = frozenset({S.ENDED, S.CANCELLED})
MINER_MOVES: Final[dict[M, frozenset[M]]] = {
    M.CHOSEN: frozenset({M.DISPATCHED, M.RELEASED, M.FAILED}),
    M.DISPATCHED: frozenset({M.CONFIRMED, M.DRIFTED, M.RESTORING, M.FAILED}),
    M.CONFIRMED: frozenset({M.DRIFTED, M.RESTORING}),
    M.DRIFTED: frozenset({M.DISPATCHED, M.CONFIRMED, M.RESTORING, M.FAILED}),
    M.RESTORING: frozenset({M.RESUMING, M.RESTORED, M.FAILED}),
    M.RESUMING: frozenset({M.RESTORED, M.RESTORING, M.FAILED}),
    M.RESTORED: frozenset(),
    M.RELEASED: frozenset(),
    M.FAILED: frozenset({M.RESTORING}),
}


class IllegalMoveError(ValueError):
    """A move that the table has not: a mistake of ours, never an answer."""


def move(
    event: Curtailment, to: S, *, act: Act | None = None, sentence: str = "", **fields: Any
) -> Curtailment:
    """Move an event on; raises `conflict` when somebody else moved it meanwhile."""
    before = S(event.state)
    if to not in MOVES[before]:
        raise IllegalMoveError(f"a curtailment cannot go from {before} to {to}")
    ends = {"finished_at": clock.now()} if to in OVER else {}
    with transaction.atomic():
        rows = Curtailment.system.filter(id=event.id, state=before, version=event.version)
        changed = {"state": to, "sentence": sentence[:500], **ends, **fields}
        if not rows.update(version=F("version") + 1, **changed):
            raise conflict(f"Something else moved curtailment {event.name!r} meanwhile.")
        event.refresh_from_db(from_queryset=Curtailment.system.all())
        tell(event, before, act)
    return event


def move_miner(one: CurtailedMiner, to: M, *, detail: str = "", **fields: Any) -> None:
    """Move a miner on, under the lock that the caller has on its event."""
    before = M(one.state)
    if to not in MINER_MOVES[before]:
        raise IllegalMoveError(f"a curtailed miner cannot go from {before} to {to}")
    changed = {"state": to, "detail": detail[:500], "changed_at": clock.now(), **fields}
    with transaction.atomic():
        if not CurtailedMiner.system.filter(id=one.id, state=before).update(**changed):
            raise conflict("Something else moved this miner of the curtailment meanwhile.")
        for name, value in changed.items():
            setattr(one, name, value)
        tell_miner(one, before)


def hand_over(one: CurtailedMiner, to: Curtailment) -> None:
    """Give a paused miner to another event instead of waking it; under the lock of its event."""
    left = one.curtailment.name
    with transaction.atomic():
        CurtailedMiner.system.filter(id=one.id, curtailment=one.curtailment_id).update(
            curtailment=to, changed_at=clock.now(), detail=f"Taken over from {left}."[:500]
        )
        one.curtailment, one.detail = to, f"Taken over from {left}."[:500]
        tell_miner(one, one.state)


def tell(event: Curtailment, before: str, act: Act | None = None) -> None:
    """Write down where an event stands, and tell it."""
    transition(
        (act or act_of(event)).about(subject_of(event)),
        verdict=event.state,
        detail=event.sentence,
        before={"state": before or None},
        after={"state": event.state, "limit_watts": event.limit_watts},
    )
    publish(
        CurtailmentChanged(
            curtailment_id=event.id,
            name=event.name,
            state=event.state,
            limit_watts=event.limit_watts,
            sentence=event.sentence,
        ),
        tenant_id=event.tenant_id,
        site_path=event.site_path,
    )


def tell_miner(one: CurtailedMiner, before: str) -> None:
    """Write down where a miner stands, and tell it."""
    event, device = one.curtailment, one.device
    subject = Subject("device", device.id, device.name, device.site_path, device.id)
    transition(
        act_of(event).about(subject),
        verdict=one.state,
        detail=one.detail,
        before={"state": before or None},
        after={"state": one.state, "job": str(one.job_id) if one.job_id else None},
    )
    publish(
        CurtailedMinerMoved(
            curtailment_id=event.id,
            device_id=device.id,
            name=device.name,
            state=one.state,
            job_id=one.job_id,
            detail=one.detail,
        ),
        tenant_id=event.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )


def act_of(event: Curtailment) -> Act:
    """What rows about an event's own moves have in common."""
    return Act(
        operation="miners.curtailment.start",
        face=event.face,
        actor=system_actor("curtailment", tenant_id=event.tenant_id),
        request_id=event.request_id,
        trace_id=event.trace_id,
        subject=subject_of(event),
    )


def subject_of(event: Curtailment) -> Subject:
    """The event as evidence names it."""
    return Subject("curtailment", event.id, event.name, event.site_path)
