"""Ranges that may be looked through for devices: declared by whoever administers a place."""

from apps.fleet import selectors, services
from apps.fleet.models import DiscoveryRange
from apps.fleet.operations.common import BY_HAND, VIEW, site_ref
from apps.fleet.schemas.ranges import (
    FleetRange,
    FleetRangeDeleteIn,
    FleetRangeDeleteOut,
    FleetRangeListIn,
    FleetRangeListOut,
    FleetRangeSaveIn,
)
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef

ADMINISTER = "fleet.administer"
#: Most ranges of a tenant that one answer lists.
MOST = 500


def save_targets(actor: Actor, data: FleetRangeSaveIn) -> tuple[TargetRef, ...]:
    """The place whose network it is."""
    return (site_ref(selectors.site_get(actor, data.site, ADMINISTER)),)


def save(ctx: Context, data: FleetRangeSaveIn) -> FleetRange:
    """Let a range be looked through from now on."""
    given = data.secrets
    plain = None if given is None else {name: one.get_secret_value() for name, one in given.items()}
    row, created = services.range_save(
        site=selectors.site_get(ctx.actor, data.site, ADMINISTER),
        network=data.network,
        driver_name=data.driver,
        secrets=plain,
        saved_by=ctx.actor.label,
    )
    ctx.after = {"created": created, **shown(row).model_dump(mode="json")}
    return shown(row)


def delete_targets(actor: Actor, data: FleetRangeDeleteIn) -> tuple[TargetRef, ...]:
    """The range, where its place is administered."""
    row = services.range_get(actor, data.range, ADMINISTER)
    return (TargetRef("range", row.id, row.network, row.path),)


def delete(ctx: Context, data: FleetRangeDeleteIn) -> FleetRangeDeleteOut:
    """Look there no more."""
    row = services.range_get(ctx.actor, data.range, ADMINISTER)
    ctx.before = shown(row).model_dump(mode="json")
    services.range_delete(row)
    return FleetRangeDeleteOut(range=data.range, network=row.network)


def listed(ctx: Context, data: FleetRangeListIn) -> FleetRangeListOut:
    """All that the caller may see."""
    rows = DiscoveryRange.objects.for_actor(ctx.actor, VIEW)[:MOST]
    return FleetRangeListOut(ranges=[shown(row) for row in rows])


def shown(row: DiscoveryRange) -> FleetRange:
    """A range as callers see it."""
    return FleetRange(
        range=row.id,
        site=row.path,
        network=row.network,
        driver=row.driver,
        has_login=bool(row.sealed),
        saved_by=row.saved_by,
        scanned_at=row.scanned_at,
    )


OPERATIONS = (
    Operation(
        name="fleet.range.save",
        summary="Declare a range of addresses of a place that may be looked through for devices.",
        input=FleetRangeSaveIn,
        output=FleetRange,
        handler=save,
        targets=save_targets,
        permission=ADMINISTER,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.range.delete",
        summary="Look through a range no more, and forget what was found and not adopted.",
        input=FleetRangeDeleteIn,
        output=FleetRangeDeleteOut,
        handler=delete,
        targets=delete_targets,
        permission=ADMINISTER,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.range.list",
        summary="List the ranges that may be looked through, and when each was.",
        input=FleetRangeListIn,
        output=FleetRangeListOut,
        handler=listed,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
