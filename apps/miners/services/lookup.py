"""Which miner a call is about, and how plans name it."""

from typing import Any

from apps.fleet.models import Device, DeviceKind
from apps.fleet.selectors import device_get
from apps.kernel.actor import Actor
from apps.operations.core import TargetRef
from apps.operations.outcome import PlanTarget


def miner_of(actor: Actor, name: str) -> Device:
    """A miner of the actor's by id or name; raises `not_found`."""
    return device_get(actor, name, kind=DeviceKind.MINER)


def miner_targets(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """The one miner that `data.device` names."""
    device = miner_of(actor, data.device)
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def plan_target(device: Device) -> PlanTarget:
    """A device as plans show it."""
    return PlanTarget(kind="device", id=device.id, label=device.name)
