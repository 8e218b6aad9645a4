"""Power circuits: their limits are saved and taken away by whoever configures their place."""

from collections.abc import Iterable

from django.db.models import Count

from apps.fleet import selectors, services
from apps.fleet.models import Circuit
from apps.fleet.operations.common import BY_HAND, CONFIGURE, VIEW, site_ref
from apps.fleet.schemas.circuits import (
    FleetCircuit,
    FleetCircuitDeleteIn,
    FleetCircuitDeleteOut,
    FleetCircuitListIn,
    FleetCircuitListOut,
    FleetCircuitSaveIn,
)
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef

#: Most circuits of a tenant that one answer lists.
MOST = 1_000


def save_targets(actor: Actor, data: FleetCircuitSaveIn) -> tuple[TargetRef, ...]:
    """The place whose circuit it is."""
    return (site_ref(selectors.site_get(actor, data.site, CONFIGURE)),)


def save(ctx: Context, data: FleetCircuitSaveIn) -> FleetCircuit:
    """Give a circuit its limit."""
    row, created = services.circuit_save(
        site=selectors.site_get(ctx.actor, data.site, CONFIGURE),
        saved_by=ctx.actor.label,
        **data.model_dump(exclude={"site"}),
    )
    ctx.after = {"created": created, **data.model_dump(mode="json")}
    return shown(ctx.actor, [row])[0]


def delete_targets(actor: Actor, data: FleetCircuitDeleteIn) -> tuple[TargetRef, ...]:
    """The circuit, where its place is configured."""
    row = services.circuit_get(actor, data.circuit, CONFIGURE)
    return (TargetRef("circuit", row.id, row.name, row.path),)


def delete(ctx: Context, data: FleetCircuitDeleteIn) -> FleetCircuitDeleteOut:
    """Hold it to no limit any more."""
    row = services.circuit_get(ctx.actor, data.circuit, CONFIGURE)
    ctx.before = {"name": row.name, "site": row.path, "limit_watts": row.limit_watts}
    row.delete()
    return FleetCircuitDeleteOut(circuit=data.circuit, name=row.name)


def listed(ctx: Context, data: FleetCircuitListIn) -> FleetCircuitListOut:
    """All that the caller may see."""
    rows = Circuit.objects.for_actor(ctx.actor, VIEW)[:MOST]
    return FleetCircuitListOut(circuits=shown(ctx.actor, rows))


def shown(actor: Actor, rows: Iterable[Circuit]) -> list[FleetCircuit]:
    """Circuits as callers see them."""
    found = list(rows)
    there = selectors.devices(actor).filter(circuit__in=[one.name for one in found])
    counted = there.order_by().select_related(None).values_list("circuit")
    devices = dict(counted.annotate(devices=Count("id")))
    return [
        FleetCircuit(
            circuit=one.id,
            name=one.name,
            site=one.path,
            limit_watts=one.limit_watts,
            note=one.note,
            saved_by=one.saved_by,
            devices=devices.get(one.name, 0),
        )
        for one in found
    ]


OPERATIONS = (
    Operation(
        name="fleet.circuit.save",
        summary="Give a power circuit or PDU the watts that its devices together may draw.",
        input=FleetCircuitSaveIn,
        output=FleetCircuit,
        handler=save,
        targets=save_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.circuit.delete",
        summary="Take a circuit's limit away; its devices still carry its name.",
        input=FleetCircuitDeleteIn,
        output=FleetCircuitDeleteOut,
        handler=delete,
        targets=delete_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.circuit.list",
        summary="List the power circuits with their limits, and how many devices hang on each.",
        input=FleetCircuitListIn,
        output=FleetCircuitListOut,
        handler=listed,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
