"""Looking at the fleet: the list, the summary, and asking one device who it is."""

from apps.fleet import selectors, sessions
from apps.fleet.models import Device, DeviceState
from apps.fleet.operations.common import EVERYWHERE, VIEW, WITH_ASSISTANTS, device_ref
from apps.fleet.schemas import (
    FleetDeviceListIn,
    FleetDeviceListOut,
    FleetDeviceProbeIn,
    FleetDeviceProbeOut,
    FleetDeviceRow,
    FleetSummaryGetIn,
    FleetSummaryGetOut,
)
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef


def device_list(ctx: Context, data: FleetDeviceListIn) -> FleetDeviceListOut:
    """One page of the devices that fit."""
    filters = data.model_dump(exclude={"offset", "limit"})
    rows = selectors.matching(ctx.actor, **filters)
    page = rows[data.offset : data.offset + data.limit]
    return FleetDeviceListOut(devices=[row_of(device) for device in page], total=rows.count())


def row_of(device: Device) -> FleetDeviceRow:
    """A device with the last thing known about it."""
    state: DeviceState = getattr(device, "state", None) or DeviceState(device=device)
    age = (clock.now() - state.seen_at).total_seconds() if state.seen_at else None
    return FleetDeviceRow(
        id=device.id,
        name=device.name,
        kind=device.kind,
        site=device.site_path,
        address=device.address,
        model=device.model,
        firmware=device.firmware,
        tags=device.tags,
        liveness=state.liveness,
        reason=state.reason,
        seen_at=state.seen_at,
        age_seconds=None if age is None else round(max(0.0, age), 1),
        summary=state.summary,
    )


def probe_targets(actor: Actor, data: FleetDeviceProbeIn) -> tuple[TargetRef, ...]:
    """The device that is asked."""
    return (device_ref(selectors.device_get(actor, data.device)),)


def probe(ctx: Context, data: FleetDeviceProbeIn) -> FleetDeviceProbeOut:
    """Ask the device itself; what it says is its own text."""
    device = selectors.device_get(ctx.actor, data.device)
    began = clock.monotonic()
    said = sessions.probe(device, ctx)
    return FleetDeviceProbeOut(
        device=device.id,
        name=device.name,
        serial=said.serial,
        mac=said.mac,
        model=said.model,
        firmware=said.firmware,
        summary=said.summary,
        same_device=not (device.serial and said.serial) or device.serial == said.serial,
        milliseconds=round((clock.monotonic() - began) * 1000),
    )


def summary(ctx: Context, data: FleetSummaryGetIn) -> FleetSummaryGetOut:
    """Counts of what the caller may see."""
    return FleetSummaryGetOut(**selectors.fleet_summary(ctx.actor))


OPERATIONS = (
    Operation(
        name="fleet.device.list",
        summary="List devices with their last known state, filtered by text, kind, site or tag.",
        input=FleetDeviceListIn,
        output=FleetDeviceListOut,
        handler=device_list,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.device.probe",
        aliases=("ping_miner",),
        summary="Ask a device itself what it is and how it is.",
        input=FleetDeviceProbeIn,
        output=FleetDeviceProbeOut,
        handler=probe,
        targets=probe_targets,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
        device=True,
    ),
    Operation(
        name="fleet.summary.get",
        aliases=("get_fleet_status",),
        summary="Count the devices by kind and by whether they answer.",
        input=FleetSummaryGetIn,
        output=FleetSummaryGetOut,
        handler=summary,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
)
