"""Looking at circuit breakers, and closing one by hand."""

from apps.fleet import breaker, selectors
from apps.fleet.breaker import Breaker, BreakerState
from apps.fleet.models import Device
from apps.fleet.operations.common import (
    OPERATE,
    VIEW,
    WITH_ASSISTANTS,
    WITH_SCHEDULES,
    device_ref,
)
from apps.fleet.schemas import (
    FleetBreakerResetIn,
    FleetBreakerResetOut,
    FleetBreakerRow,
    FleetBreakerStatusIn,
    FleetBreakerStatusOut,
)
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, TargetRef


def status(ctx: Context, data: FleetBreakerStatusIn) -> FleetBreakerStatusOut:
    """One breaker, or every one that is not closed."""
    if data.device is not None:
        devices = {(one := selectors.device_get(ctx.actor, data.device)).id: one}
    else:
        devices = {device.id: device for device in selectors.devices(ctx.actor)}
    found = breaker.standing(devices)
    return FleetBreakerStatusOut(
        breakers=[
            row(devices[device_id], stands)
            for device_id, stands in found.items()
            if data.device is not None or stands.state is not BreakerState.CLOSED
        ]
    )


def status_targets(actor: Actor, data: FleetBreakerStatusIn) -> tuple[TargetRef, ...]:
    """The device that is named, if one is."""
    if data.device is None:
        return ()
    return (device_ref(selectors.device_get(actor, data.device)),)


def row(device: Device, stands: Breaker) -> FleetBreakerRow:
    """A breaker with its device's name."""
    return FleetBreakerRow(
        device=device.id,
        name=device.name,
        state=stands.state,
        failures=stands.failures,
        successes=stands.successes,
        opened_at=stands.opened_at,
        tries_at=stands.tries_at,
    )


def reset_targets(actor: Actor, data: FleetBreakerResetIn) -> tuple[TargetRef, ...]:
    """The device whose breaker it is."""
    return (device_ref(selectors.device_get(actor, data.device, permission=OPERATE)),)


def reset(ctx: Context, data: FleetBreakerResetIn) -> FleetBreakerResetOut:
    """Close the breaker now."""
    device = selectors.device_get(ctx.actor, data.device, permission=OPERATE)
    before = breaker.standing([device.id])[device.id].state
    breaker.reset(device.id)
    return FleetBreakerResetOut(before=before, after=BreakerState.CLOSED)


OPERATIONS = (
    Operation(
        name="fleet.breaker.status",
        summary="Show the circuit breakers that are open, or that of one device.",
        input=FleetBreakerStatusIn,
        output=FleetBreakerStatusOut,
        handler=status,
        targets=status_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.breaker.reset",
        summary="Close a device's circuit breaker, so that it is called again at once.",
        input=FleetBreakerResetIn,
        output=FleetBreakerResetOut,
        handler=reset,
        targets=reset_targets,
        permission=OPERATE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_SCHEDULES | {Face.ADMIN},
    ),
)
