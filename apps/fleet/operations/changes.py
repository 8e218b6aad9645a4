"""Registering, editing, tagging and decommissioning devices, and setting their secrets."""

from typing import Any

from apps.fleet import selectors, services, sessions, targets
from apps.fleet.models import Device
from apps.fleet.operations.common import (
    BY_HAND,
    CONFIGURE,
    WITH_SCHEDULES,
    device_out,
    device_ref,
    site_ref,
)
from apps.fleet.schemas import (
    FleetCredentialSetIn,
    FleetCredentialSetOut,
    FleetDeviceDecommissionIn,
    FleetDeviceDecommissionOut,
    FleetDeviceEditIn,
    FleetDeviceEditOut,
    FleetDeviceOut,
    FleetDeviceRegisterIn,
    FleetDeviceTagIn,
    FleetDeviceTagOut,
)
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanRefusal, PlanTarget


def register_targets(actor: Actor, data: FleetDeviceRegisterIn) -> tuple[TargetRef, ...]:
    """The place where the device is to stand."""
    return (site_ref(selectors.site_get(actor, data.site, CONFIGURE)),)


def register(ctx: Context, data: FleetDeviceRegisterIn) -> FleetDeviceOut:
    """Register one device."""
    fields = data.model_dump(exclude={"site", "driver"})
    site = selectors.site_get(ctx.actor, data.site, CONFIGURE)
    device = services.device_create(site=site, driver_name=data.driver, **fields)
    ctx.after = device_out(device).model_dump(mode="json")
    return device_out(device)


def edit_targets(actor: Actor, data: FleetDeviceEditIn) -> tuple[TargetRef, ...]:
    """The device, and the place it moves to."""
    device = selectors.device_get(actor, data.device, permission=CONFIGURE)
    if data.site is None:
        return (device_ref(device),)
    return (device_ref(device), site_ref(selectors.site_get(actor, data.site, CONFIGURE)))


def edit(ctx: Context, data: FleetDeviceEditIn) -> FleetDeviceEditOut:
    """Change what is given, and nothing else."""
    device = selectors.device_get(ctx.actor, data.device, permission=CONFIGURE)
    changes: dict[str, Any] = data.model_dump(exclude={"device"}, exclude_none=True)
    if not changes:
        raise invalid("input", "changes nothing; give at least one field besides device.")
    after = dict(changes)
    if data.site is not None:
        changes["site"] = selectors.site_get(ctx.actor, data.site, CONFIGURE)
    before = services.device_update(device, changes)
    if "site" in before:
        before["site"] = before["site"].path
    return FleetDeviceEditOut(before=before, after=after, device=device_out(device))


def batch(
    actor: Actor, data: FleetDeviceDecommissionIn | FleetDeviceTagIn
) -> tuple[TargetRef, ...]:
    """Every device named, once."""
    devices = selectors.devices_named(actor, data.devices, CONFIGURE, "site_path")
    return tuple(map(device_ref, devices))


def tag(ctx: Context, data: FleetDeviceTagIn) -> FleetDeviceTagOut:
    """Put tags on and take tags off."""
    columns = ("tenant", "site_path", "tags")
    devices = selectors.devices_named(ctx.actor, data.devices, CONFIGURE, *columns, lock=True)
    before = {device.name: device.tags for device in devices}
    after = {
        device.name: services.device_retag(device, add=data.add, remove=data.remove)
        for device in devices
    }
    return FleetDeviceTagOut(before=before, after=after)


def decommission_plan(ctx: Context, data: FleetDeviceDecommissionIn) -> Plan:
    """Which devices would leave; those a job holds stay."""
    devices = selectors.devices_named(ctx.actor, data.devices, CONFIGURE)
    refusals = {device.id: refusal_of(device) for device in devices}
    return Plan(
        targets=tuple(
            PlanTarget(kind="device", id=device.id, label=device.name) for device in devices
        ),
        changes=tuple(
            PlanChange(target=device.id, what="status", before=device.status, after="out for good")
            for device in devices
            if not refusals[device.id]
        ),
        refusals=tuple(
            PlanRefusal(target=device_id, reason=reason)
            for device_id, reason in refusals.items()
            if reason
        ),
        risks=("Its stored credentials are deleted; to come back it is registered anew.",),
    )


def decommission(ctx: Context, data: FleetDeviceDecommissionIn) -> FleetDeviceDecommissionOut:
    """Take devices out of operation, except those a job holds."""
    gone, refused = [], {}
    for device in selectors.devices_named(ctx.actor, data.devices, CONFIGURE):
        reason = refusal_of(device)
        if reason:
            refused[str(device.id)] = reason
            continue
        services.device_retire(device)
        sessions.drop(device)
        gone.append(device.id)
    if not gone:
        raise conflict(next(iter(refused.values())))
    return FleetDeviceDecommissionOut(decommissioned=gone, refused=refused)


def refusal_of(device: Device) -> str:
    """Why the device cannot leave now; nothing when it can."""
    holder = targets.holder_of(device)
    if holder is None:
        return ""
    return f"{device.name} is held by job {holder.job_id}; wait for it or cancel it."


def credential_targets(actor: Actor, data: FleetCredentialSetIn) -> tuple[TargetRef, ...]:
    """The device whose secrets are set."""
    return (device_ref(selectors.device_get(actor, data.device, permission=CONFIGURE)),)


def credential_set(ctx: Context, data: FleetCredentialSetIn) -> FleetCredentialSetOut:
    """Store secrets, sealed; they never come back out."""
    device = selectors.device_get(ctx.actor, data.device, permission=CONFIGURE)
    secrets = {name: secret.get_secret_value() for name, secret in data.secrets.items()}
    stored = services.credential_set(device, secrets)
    return FleetCredentialSetOut(device=device.id, fields=sorted(secrets), version=stored.version)


OPERATIONS = (
    Operation(
        name="fleet.device.register",
        aliases=("register_miner",),
        summary="Register a device at a site, so that it is polled and can be operated.",
        input=FleetDeviceRegisterIn,
        output=FleetDeviceOut,
        handler=register,
        targets=register_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.device.edit",
        summary="Change a device's name, place, slot, circuit, address, ports or identity.",
        input=FleetDeviceEditIn,
        output=FleetDeviceEditOut,
        handler=edit,
        targets=edit_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.device.tag",
        summary="Put tags on devices, or take them off.",
        input=FleetDeviceTagIn,
        output=FleetDeviceTagOut,
        handler=tag,
        targets=batch,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=WITH_SCHEDULES,
    ),
    Operation(
        name="fleet.device.decommission",
        aliases=("unregister_miner",),
        summary="Take devices out of operation for good and delete their credentials.",
        input=FleetDeviceDecommissionIn,
        output=FleetDeviceDecommissionOut,
        handler=decommission,
        targets=batch,
        plan=decommission_plan,
        permission=CONFIGURE,
        danger=Danger.DESTRUCTIVE,
        repeat=Repeat.NEVER,
        faces=BY_HAND | {Face.ADMIN},
    ),
    Operation(
        name="fleet.credential.set",
        summary="Store how to log in to a device; what is stored is never shown again.",
        input=FleetCredentialSetIn,
        output=FleetCredentialSetOut,
        handler=credential_set,
        targets=credential_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
