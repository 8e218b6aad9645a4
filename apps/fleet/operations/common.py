"""What the declarations share: faces, references to targets, and devices as outputs."""

from typing import Final

from apps.fleet.models import Device, Site
from apps.fleet.schemas import FleetDeviceOut
from apps.operations.core import Face, TargetRef

VIEW: Final = "fleet.view"
OPERATE: Final = "fleet.operate"
CONFIGURE: Final = "fleet.configure"

BY_HAND: Final = frozenset({Face.REST, Face.CONSOLE})
WITH_ASSISTANTS: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE})
WITH_SCHEDULES: Final = frozenset({Face.REST, Face.CONSOLE, Face.SCHEDULE})
EVERYWHERE: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE, Face.SCHEDULE})


def device_ref(device: Device) -> TargetRef:
    """A device as rights, thresholds and evidence name it."""
    return TargetRef("device", device.id, device.name, device.site_path, device.id)


def site_ref(site: Site) -> TargetRef:
    """A place as rights, thresholds and evidence name it."""
    return TargetRef("site", site.id, site.path, site.path)


def device_out(device: Device) -> FleetDeviceOut:
    """A device as it is registered."""
    return FleetDeviceOut(
        id=device.id,
        name=device.name,
        kind=device.kind,
        driver=device.driver,
        site=device.site_path,
        address=device.address,
        ports=device.ports,
        serial=device.serial,
        mac=device.mac,
        model=device.model,
        firmware=device.firmware,
        tags=device.tags,
        circuit=device.circuit,
        slot=device.slot,
        status=device.status,
    )
