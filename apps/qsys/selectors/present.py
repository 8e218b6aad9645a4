"""Reads of Cores, their watches and controls, always for somebody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Device, DeviceKind
from apps.fleet.selectors import device_get
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import nearest, not_found
from apps.qsys.models import Control, ControlValue, Core, Watch
from apps.qsys.models.control import ControlRows
from apps.qsys.models.core import CoreRows
from apps.qsys.models.watch import WatchRows
from apps.qsys.selectors.names import control_names

VIEW = "qsys.view"

Scalar = bool | float | str | None


@dataclass(frozen=True, slots=True)
class ControlNow:
    """A control with its last value; `age` is seconds since it changed, None if never seen.

    How fresh the knowledge itself is, the state of the device says (`seen_at`).
    """

    control: Control
    value: Scalar
    string: str
    position: float | None
    changed_at: datetime | None
    age: float | None


def core_device(actor: Actor, id_or_name: UUID | str) -> Device:
    """A Core's device; raises `not_found` whether absent or foreign."""
    return device_get(actor, id_or_name, kind=DeviceKind.CORE, permission=VIEW)


def cores(actor: Actor) -> CoreRows:
    """Cores the actor may see, with device and state."""
    return Core.objects.for_actor(actor, VIEW).select_related("device", "device__state")


def watches(actor: Actor, device: Device | None = None) -> WatchRows:
    """Watches the actor may see, of one device or of all."""
    rows = Watch.objects.for_actor(actor, VIEW)
    return rows if device is None else rows.filter(device=device)


def controls(
    actor: Actor,
    device: Device,
    *,
    component: str = "",
    contains: str = "",
    current: bool = True,
) -> ControlRows:
    """Controls of a Core with their last values joined, by component and name.

    `current` leaves out what the running design does not have. `contains` looks into component
    and control names.
    """
    rows = Control.objects.for_actor(actor, VIEW).filter(device=device).select_related("last")
    if current:
        code = Core.system.filter(device=device).values("design_code")
        rows = rows.filter(design_code__in=code)
    if component:
        rows = rows.filter(component=component)
    if contains:
        rows = rows.filter(Q(component__icontains=contains) | Q(name__icontains=contains))
    return rows


def control_get(actor: Actor, device: Device, component: str | None, name: str) -> Control:
    """One control; raises `not_found` whether absent or foreign."""
    rows = Control.objects.for_actor(actor, VIEW).select_related("last")
    found = rows.filter(device=device, component=component or "", name=name).first()
    if found is None:
        guess = nearest(name, control_names(device, component, name))
        raise not_found("control", f"{component} / {name}" if component else name, guess=guess)
    return found


def control_by_id(actor: Actor, control_id: int) -> Control:
    """One control by its number; raises `not_found` whether absent or foreign."""
    found = Control.objects.for_actor(actor, VIEW).filter(id=control_id).first()
    if found is None:
        raise not_found("control", control_id)
    return found


def now_of(control: Control) -> ControlNow:
    """The last value of a control that was read with it."""
    last: ControlValue | None = getattr(control, "last", None)
    if last is None:
        return ControlNow(control, None, "", None, None, None)
    age = (clock.now() - last.at).total_seconds()
    value = scalar(control, last.number, last.string)
    return ControlNow(control, value, last.string, last.position, last.at, max(0.0, age))


def scalar(control: Control, number: float | None, string: Any) -> Scalar:
    """A stored value in the control's own type."""
    if number is None:
        return string or None
    return bool(number) if control.type == "Boolean" else number
