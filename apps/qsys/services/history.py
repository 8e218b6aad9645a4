"""Stored changes of a Core, and the watches that say what is stored."""

from datetime import timedelta
from typing import Any, Final

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import invalid, nearest, not_found
from apps.operations.context import Context
from apps.operations.outcome import Plan, PlanChange, PlanTarget
from apps.qsys import selectors
from apps.qsys.models import Watch
from apps.qsys.poller.rows import core_ensure
from apps.qsys.schemas.history import (
    QsysEventGroup,
    QsysEventListIn,
    QsysEventListOut,
    QsysEventOut,
    QsysWatchDeleteIn,
    QsysWatchDeleteOut,
    QsysWatchSetIn,
    QsysWatchSetOut,
)
from apps.qsys.services.cores import core_of

#: How far back groups reach where nothing else is said.
RECENT: Final = timedelta(days=1)


def event_list(ctx: Context, data: QsysEventListIn) -> QsysEventListOut:
    """Stored changes of a Core, newest first, or counted in groups; asks the Core nothing."""
    device = selectors.core_device(ctx.actor, data.device)
    control = None
    if data.control is not None:
        control = selectors.control_get(ctx.actor, device, data.component, data.control)
    which = selectors.Which(
        tuple(data.components), tuple(data.controls), tuple(data.causes), data.actor
    )
    span: dict[str, Any] = {"control": control, "since": data.since, "until": data.until}
    if data.group_by is not None:
        return _groups(ctx, device, data, which, span, selectors.GroupBy(data.group_by))
    page = selectors.changes(
        ctx.actor,
        device,
        which,
        **span,
        cursor=selectors.Cursor.parse(data.cursor) if data.cursor else None,
        limit=data.limit,
    )
    return QsysEventListOut(
        device=device.id,
        events=[_event_out(one) for one in page.changes],
        cursor=str(page.cursor) if page.cursor else None,
    )


def _groups(
    ctx: Context,
    device: Device,
    data: QsysEventListIn,
    which: selectors.Which,
    span: dict[str, Any],
    by: selectors.GroupBy,
) -> QsysEventListOut:
    if data.cursor is not None:
        raise invalid("cursor", "goes on a list of changes; groups come all at once.")
    since = data.since or (data.until or clock.now()) - RECENT
    found = selectors.grouped(
        ctx.actor, device, by, which, **{**span, "since": since}, limit=data.limit
    )
    groups = [
        QsysEventGroup(key=one.key, changes=one.changes, first=one.first, last=one.last)
        for one in found
    ]
    return QsysEventListOut(device=device.id, events=[], groups=groups, cursor=None)


def _event_out(one: selectors.Changed) -> QsysEventOut:
    return QsysEventOut(
        at=one.at,
        component=one.control.component or None,
        control=one.control.name,
        value=one.value,
        string=one.string,
        position=one.position,
        previous=one.previous,
        cause=one.cause,
        actor=one.actor,
        call_id=one.call_id,
        design_code=one.design_code,
    )


def watch_set(ctx: Context, data: QsysWatchSetIn) -> QsysWatchSetOut:
    """Make or change a watch; the poller looks at them every few seconds."""
    device = core_of(ctx.actor, data.device)
    core_ensure(device)
    columns = data.model_dump(exclude={"device", "name"})
    held = Watch.system.filter(device=device, name=data.name).values(*columns).first()
    row, created = Watch.system.update_or_create(device=device, name=data.name, defaults=columns)
    ctx.before, ctx.after = held, columns
    return QsysWatchSetOut(device=device.id, watch=row.id, created=created)


def watch_delete(ctx: Context, data: QsysWatchDeleteIn) -> QsysWatchDeleteOut:
    """Take a watch away; the poller follows within seconds, and what was stored stays."""
    device = core_of(ctx.actor, data.device)
    row = _watch(ctx, device, data)
    ctx.before = _said(row)
    number = row.id
    row.delete()
    left = Watch.system.filter(device=device).count()
    return QsysWatchDeleteOut(device=device.id, watch=number, left=left)


def watch_delete_plan(ctx: Context, data: QsysWatchDeleteIn) -> Plan:
    """Which watch would go, and what is still polled without it."""
    device = core_of(ctx.actor, data.device)
    row = _watch(ctx, device, data)
    left = Watch.system.filter(device=device, enabled=True).exclude(id=row.id).exists()
    change = PlanChange(target=device.id, what=f"watch {row.name}", before=_said(row))
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=(change,),
        risks=() if left else ("No other watch is in force: nothing of this Core is polled then.",),
    )


def _watch(ctx: Context, device: Device, data: QsysWatchDeleteIn) -> Watch:
    rows = selectors.watches(ctx.actor, device)
    found = rows.filter(name=data.name).first()
    if found is None:
        guess = nearest(data.name, list(rows.values_list("name", flat=True)))
        raise not_found("watch", data.name, guess=guess)
    return found


def _said(row: Watch) -> dict[str, Any]:
    """What a watch asks for, as the audit trail keeps it."""
    columns = QsysWatchSetIn.model_fields.keys() - {"device"}
    return {name: getattr(row, name) for name in sorted(columns)}
