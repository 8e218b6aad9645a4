"""The state machine of one device in one disruptive job: which moves there are, and moving.

    queued -> preflight -> ready -> sending -> sent -> rebooting -> verifying -> committed
    -> succeeded

From `sending` to `committed` an unclear fate leads to `reconciling`, where the device is asked
what is true; from there back to `verifying`, to `ready` for another attempt, to rolling back,
or to an end. Nothing that was sent is ever called failed because a process died.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.audit.services import Act, Subject, transition
from apps.events.publish import publish
from apps.events.types import TargetMoved
from apps.fleet import leases
from apps.fleet.models import Device, Target
from apps.fleet.models.target import TERMINAL
from apps.fleet.models.target import TargetState as State
from apps.kernel import clock
from apps.kernel.errors import conflict
from apps.operations.admitted import act_of
from apps.operations.context import Context

MOVES: Final[dict[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.PREFLIGHT, State.CANCELLED}),
    State.PREFLIGHT: frozenset(
        {
            State.READY,
            State.CANCELLED,
            State.REJECTED,
            State.NOT_APPLICABLE,
            State.ALREADY_DONE,
            State.FAILED,
        }
    ),
    State.READY: frozenset({State.SENDING, State.CANCELLED}),
    State.SENDING: frozenset({State.SENT, State.RECONCILING}),
    State.SENT: frozenset({State.REBOOTING, State.RECONCILING}),
    State.REBOOTING: frozenset({State.VERIFYING, State.RECONCILING}),
    State.VERIFYING: frozenset({State.COMMITTED, State.RECONCILING}),
    State.COMMITTED: frozenset({State.SUCCEEDED, State.RECONCILING}),
    State.RECONCILING: frozenset(
        {
            State.VERIFYING,
            State.FAILED,
            State.TIMED_OUT,
            State.NEEDS_HUMAN,
            State.READY,
            State.ROLLING_BACK,
        }
    ),
    State.ROLLING_BACK: frozenset({State.ROLLED_BACK, State.ROLLBACK_FAILED}),
    **{State(state): frozenset() for state in TERMINAL},
}

#: Silence in these states is a reboot, not a loss.
PAST_SENDING: Final = (
    State.SENT,
    State.REBOOTING,
    State.VERIFYING,
    State.COMMITTED,
    State.RECONCILING,
    State.ROLLING_BACK,
)

#: Columns a move may set besides the state.
SETTABLE: Final = frozenset(
    {"attempt", "deadline", "device_after", "device_before", "epoch", "intent_at", "lease_until"}
)


class IllegalMoveError(ValueError):
    """A move that the table has not: a mistake of ours, never an answer."""


def may_move(source: State, to: State) -> bool:
    """Whether the table has this move."""
    return to in MOVES[source]


def holder_of(device: Device) -> Target | None:
    """The target of the disruptive job that has the device now, if there is one."""
    return Target.system.filter(device=device).exclude(state__in=TERMINAL).first()


def of_job(job_id: UUID | None, device: Device | None = None) -> Target | None:
    """The newest target of a job (of one device, where a job has several); None before it."""
    if job_id is None:
        return None
    rows = Target.system.filter(job_id=job_id).select_related("device")
    if device is not None:
        rows = rows.filter(device=device)
    return rows.order_by("-created_at").first()


def target_create(ctx: Context, device: Device, *, deadline_seconds: float | None = None) -> Target:
    """A queued target of the context's job that holds the device from now on.

    Raises `conflict` naming the job that has the device. `deadline_seconds` is how long it may
    stay before something is sent.
    """
    if ctx.job_id is None:
        raise TypeError("only a job has targets")
    deadline = None
    if deadline_seconds is not None:
        deadline = clock.now() + timedelta(seconds=deadline_seconds)
    try:
        with transaction.atomic():
            return Target.system.create(
                tenant_id=device.tenant_id,
                job_id=ctx.job_id,
                device=device,
                operation=ctx.call.operation,
                deadline=deadline,
            )
    except IntegrityError:
        other = holder_of(device)
        if other is None:
            raise
        raise conflict(
            f"{device.name} is held by job {other.job_id} ({other.operation}, {other.state}); "
            "wait for it or cancel it."
        ) from None


def move(
    target: Target,
    to: State,
    *,
    ctx: Context | None = None,
    act: Act | None = None,
    lease: leases.Lease | None = None,
    detail: str = "",
    **fields: Any,
) -> Target:
    """Move `target` on and write and tell it, in one transaction; gives the row as it is now.

    The UPDATE is guarded by state, version and epoch: raises `conflict` when somebody else
    moved the row meanwhile, and `LeaseLost` when `lease` is over. Entering `sending` needs the
    lease, since the row is the record that the point of no return was crossed under it.
    """
    _require_legal(target, to, fields, lease)
    before = State(target.state)
    with transaction.atomic():
        if lease is not None:
            leases.check(lease, lock=True)
        _update(target, to, {**_implied(target, to, lease), **fields, "detail": detail[:500]})
        _tell(target, before, _act(target, ctx, act), detail)
    return target


def deadline_move(target: Target, by: timedelta) -> Target:
    """Let the present state last longer or shorter than was said; the state stays.

    Raises `conflict` when somebody else moved the target meanwhile.
    """
    if target.deadline is not None:
        rows = Target.system.filter(id=target.id, version=target.version, epoch=target.epoch)
        if not rows.update(deadline=target.deadline + by, updated_at=clock.now()):
            raise conflict("Something else moved this target meanwhile.")
        target.refresh_from_db(from_queryset=Target.system.select_related("device"))
    return target


def _require_legal(
    target: Target, to: State, fields: dict[str, Any], lease: leases.Lease | None
) -> None:
    if not may_move(State(target.state), to):
        raise IllegalMoveError(f"a target cannot go from {target.state} to {to}")
    unknown = fields.keys() - SETTABLE
    if unknown:
        raise IllegalMoveError(f"a move sets no {', '.join(sorted(unknown))}")
    if to is State.SENDING and lease is None:
        raise IllegalMoveError("sending needs the lease of the device")


def _implied(target: Target, to: State, lease: leases.Lease | None) -> dict[str, Any]:
    implied: dict[str, Any] = {}
    if lease is not None:
        implied["epoch"] = lease.epoch
    if to is State.SENDING:
        implied["intent_at"] = clock.now()
    if to is State.READY and target.state == State.RECONCILING:
        implied["attempt"] = target.attempt + 1
    return implied


def _update(target: Target, to: State, fields: dict[str, Any]) -> None:
    guarded = Target.system.filter(
        id=target.id, state=target.state, version=target.version, epoch=target.epoch
    )
    if not guarded.update(state=to, version=F("version") + 1, updated_at=clock.now(), **fields):
        now = Target.system.values_list("state", flat=True).get(id=target.id)
        raise conflict(f"Something else moved this target meanwhile; it is {now} now.")
    target.refresh_from_db(from_queryset=Target.system.select_related("device"))


def _tell(target: Target, before: State, act: Act, detail: str) -> None:
    device = target.device
    subject = Subject("device", device.id, device.name, device.site_path, device.id)
    transition(
        replace(act.about(subject), job_id=target.job_id, tenant_id=target.tenant_id),
        verdict=target.state,
        detail=detail,
        before={"state": before},
        after={"state": target.state, "attempt": target.attempt, "epoch": target.epoch},
    )
    event = TargetMoved(
        device_id=device.id, job_id=target.job_id, state=target.state, detail=detail[:500]
    )
    publish(event, tenant_id=target.tenant_id, site_path=device.site_path, device_id=device.id)


def _act(target: Target, ctx: Context | None, act: Act | None) -> Act:
    if act is not None:
        return act
    if ctx is None:
        raise TypeError("a move is somebody's: give ctx or act")
    return act_of(ctx.call, target.operation)
