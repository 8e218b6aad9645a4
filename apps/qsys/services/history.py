"""Stored changes of a Core, and the watches that say what is stored."""

from apps.operations.context import Context
from apps.qsys import selectors
from apps.qsys.models import Watch
from apps.qsys.poller.rows import core_ensure
from apps.qsys.schemas.history import (
    QsysEventListIn,
    QsysEventListOut,
    QsysEventOut,
    QsysWatchSetIn,
    QsysWatchSetOut,
)
from apps.qsys.services.cores import core_of


def event_list(ctx: Context, data: QsysEventListIn) -> QsysEventListOut:
    """Stored changes of a Core, newest first; asks the Core nothing."""
    device = selectors.core_device(ctx.actor, data.device)
    control = None
    if data.control is not None:
        control = selectors.control_get(ctx.actor, device, data.component, data.control)
    page = selectors.changes(
        ctx.actor,
        device,
        control=control,
        since=data.since,
        until=data.until,
        cursor=selectors.Cursor.parse(data.cursor) if data.cursor else None,
        limit=data.limit,
    )
    return QsysEventListOut(
        device=device.id,
        events=[_event_out(one) for one in page.changes],
        cursor=str(page.cursor) if page.cursor else None,
    )


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
