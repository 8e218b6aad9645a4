"""The emergency stop, asked before anything is written to a device."""

from uuid import UUID

from django.db.models import Q, QuerySet

from apps.fleet.models import Device, EmergencyStop
from apps.kernel.errors import Failure, conflict


def standing(tenant_id: UUID | None) -> QuerySet[EmergencyStop]:
    """Stops in force for a tenant: its own and those of the whole plane."""
    whose = Q(tenant=None) | Q(tenant_id=tenant_id)
    return EmergencyStop.system.filter(whose, lifted_at=None)


def over(device: Device) -> EmergencyStop | None:
    """The stop that covers a device now, if there is one."""
    found = standing(device.tenant_id)
    return next((one for one in found if device.site_path.startswith(one.path)), None)


def require_none(device: Device) -> None:
    """Raises `conflict` naming the stop that covers the device; reading stays possible."""
    stop = over(device)
    if stop is not None:
        raise stopped(device, stop)


def stopped(device: Device, stop: EmergencyStop) -> Failure:
    """The failure of a write that was not made."""
    why = f" ({stop.reason})" if stop.reason else ""
    return conflict(
        f"{device.name} is under an emergency stop of {stop.place}, set by {stop.set_by}{why}; "
        f"nothing was sent. fleet.stop.lift ends it (stop {stop.id})."
    )
