"""Maintenance windows and freezes: saved and taken away by whoever configures a place."""

from uuid import UUID

from django.db import IntegrityError, transaction

from apps.fleet import selectors
from apps.fleet.models.window import MaintenanceWindow
from apps.fleet.operations.common import BY_HAND, CONFIGURE, VIEW, site_ref
from apps.fleet.rollouts.calendar import Span
from apps.fleet.schemas.windows import (
    FleetWindow,
    FleetWindowDeleteIn,
    FleetWindowDeleteOut,
    FleetWindowListIn,
    FleetWindowListOut,
    FleetWindowSaveIn,
)
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid, not_found
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef

#: Most windows of a tenant that one answer lists.
MOST = 500


def save_targets(actor: Actor, data: FleetWindowSaveIn) -> tuple[TargetRef, ...]:
    """The place that is bound."""
    if data.site == "/":
        return (TargetRef("tenant", actor.tenant, "the whole tenant"),)
    return (site_ref(selectors.site_get(actor, data.site, CONFIGURE)),)


def save(ctx: Context, data: FleetWindowSaveIn) -> FleetWindow:
    """Bind a place by a window or a freeze from now on."""
    if data.freeze and not ctx.call.reason.strip():
        raise invalid("reason", "is needed: whoever waits for a freeze will want to know why.")
    fields = data.model_dump(exclude={"name", "site"})
    who = {"reason": ctx.call.reason[:500], "saved_by": ctx.actor.label, "saved_at": clock.now()}
    try:
        with transaction.atomic():
            row, created = MaintenanceWindow.system.update_or_create(
                tenant_id=ctx.actor.tenant,
                path=data.site,
                name=data.name,
                defaults={**fields, **who},
            )
    except IntegrityError:
        raise conflict("Somebody else saved one of that name at the same moment.") from None
    ctx.after = {"created": created, **data.model_dump(mode="json")}
    return shown(row)


def window_get(actor: Actor, window: UUID, permission: str) -> MaintenanceWindow:
    """One window; raises `not_found` whether absent or foreign."""
    found = MaintenanceWindow.objects.for_actor(actor, permission).filter(id=window).first()
    if found is None:
        raise not_found("window", window)
    return found


def delete_targets(actor: Actor, data: FleetWindowDeleteIn) -> tuple[TargetRef, ...]:
    """The window, where its place is configured."""
    row = window_get(actor, data.window, CONFIGURE)
    return (TargetRef("window", row.id, row.name, row.path),)


def delete(ctx: Context, data: FleetWindowDeleteIn) -> FleetWindowDeleteOut:
    """Bind by it no more."""
    row = window_get(ctx.actor, data.window, CONFIGURE)
    ctx.before = shown(row).model_dump(mode="json")
    row.delete()
    return FleetWindowDeleteOut(window=data.window, name=row.name)


def listed(ctx: Context, data: FleetWindowListIn) -> FleetWindowListOut:
    """All that the caller may see."""
    rows = MaintenanceWindow.objects.for_actor(ctx.actor, VIEW)[:MOST]
    return FleetWindowListOut(windows=[shown(row) for row in rows])


def shown(row: MaintenanceWindow) -> FleetWindow:
    """A window as callers see it."""
    return FleetWindow(
        window=row.id,
        name=row.name,
        site=row.path,
        freeze=row.freeze,
        hours=row.hours,
        time_zone=row.time_zone,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        saved_by=row.saved_by,
        in_force=Span.of(row).holds(clock.now()),
    )


OPERATIONS = (
    Operation(
        name="fleet.window.save",
        summary="Make or change a maintenance window of a place, or a freeze with its reason.",
        input=FleetWindowSaveIn,
        output=FleetWindow,
        handler=save,
        targets=save_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.window.delete",
        summary="Take a maintenance window or a freeze away; rollouts go on by what is left.",
        input=FleetWindowDeleteIn,
        output=FleetWindowDeleteOut,
        handler=delete,
        targets=delete_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.window.list",
        summary="List the maintenance windows and freezes, and which of them hold now.",
        input=FleetWindowListIn,
        output=FleetWindowListOut,
        handler=listed,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
