"""What a Core was: its state at an instant, and what changed between two."""

from apps.kernel import clock
from apps.operations.context import Context
from apps.qsys import selectors
from apps.qsys.schemas.past import (
    QsysStateAtIn,
    QsysStateAtOut,
    QsysStateCompareIn,
    QsysStateCompareOut,
    QsysStateDifference,
    QsysStateThen,
)


def state_at(ctx: Context, data: QsysStateAtIn) -> QsysStateAtOut:
    """The controls of a Core as they were; asks the Core nothing."""
    device = selectors.core_device(ctx.actor, data.device)
    which = selectors.Which(tuple(data.components), tuple(data.controls))
    found = selectors.state_at(
        ctx.actor, device, data.at, which, after=data.cursor, limit=data.limit + 1
    )
    page = found[: data.limit]
    return QsysStateAtOut(
        device=device.id,
        at=data.at,
        states=[_state(one) for one in page],
        cursor=page[-1].control.id if len(found) > data.limit else None,
    )


def state_compare(ctx: Context, data: QsysStateCompareIn) -> QsysStateCompareOut:
    """What was different at two instants, or is since one; asks the Core nothing."""
    device = selectors.core_device(ctx.actor, data.device)
    until = data.until or clock.now()
    which = selectors.Which(tuple(data.components), tuple(data.controls))
    found = selectors.differences(ctx.actor, device, data.at, until, which, limit=data.limit + 1)
    return QsysStateCompareOut(
        device=device.id,
        at=data.at,
        until=until,
        differences=[_difference(one) for one in found[: data.limit]],
        more=len(found) > data.limit,
    )


def _state(one: selectors.StateThen) -> QsysStateThen:
    return QsysStateThen(
        component=one.control.component or None,
        control=one.control.name,
        known=one.known,
        value=one.value,
        string=one.string,
        position=one.position,
        since=one.since,
    )


def _difference(one: selectors.Difference) -> QsysStateDifference:
    return QsysStateDifference(
        component=one.after.control.component or None,
        control=one.after.control.name,
        known_before=one.before is not None,
        before=one.before.value if one.before else None,
        before_string=one.before.string if one.before else "",
        after=one.after.value,
        after_string=one.after.string,
        changed_at=one.at,
        cause=one.cause,
        actor=one.actor,
    )
