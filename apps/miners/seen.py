"""What a miner says it is, kept and told once, whoever saw it first."""

from django.db import transaction

from apps.events.publish import publish
from apps.events.types import MinerChanged
from apps.fleet.drivers import Probe
from apps.fleet.models import Device
from apps.fleet.services import device_identify
from apps.kernel import clock
from apps.miners.client.types import MinerDetails
from apps.miners.models import Miner


def miner_seen(device: Device, details: MinerDetails) -> bool:
    """Keep identity, firmware and status and tell what changed; False for another machine.

    Raises `conflict` when another device has the serial number or MAC already.
    """
    probe = Probe(
        serial=details.serial or details.uid,
        mac=details.mac.lower(),
        model=details.model,
        firmware=details.version,
    )
    with transaction.atomic():
        if not _identified(device, probe):
            return False
        before = Miner.system.filter(device=device).values_list("status", flat=True).first()
        Miner.system.update_or_create(
            device=device,
            defaults={
                "uid": details.uid,
                "platform": details.platform,
                "boot_mode": details.bos_mode,
                "status": details.status.value,
                "sticker_terahash": details.sticker_terahash,
                "details_at": clock.now(),
            },
        )
        if before and before != details.status.value:
            _tell(device, "status", before, details.status.value)
    return True


def firmware_seen(device: Device, version: str) -> None:
    """Keep the firmware a miner was read to run, and tell when that is news."""
    with transaction.atomic():
        _identified(device, Probe(firmware=version))


def _identified(device: Device, probe: Probe) -> bool:
    """The row decides what is news, so that of two who see a change one tells it."""
    row = Device.system.select_for_update().get(id=device.id)
    before = row.firmware
    if not device_identify(row, probe):
        return False
    if before and probe.firmware and before != probe.firmware:
        _tell(row, "firmware", before, probe.firmware)
    return True


def _tell(device: Device, change: str, before: str, after: str) -> None:
    publish(
        MinerChanged(device_id=device.id, change=change, before=before, after=after),
        tenant_id=device.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )
