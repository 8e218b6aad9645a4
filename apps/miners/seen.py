"""What a miner says it is, kept and told once, whoever saw it first."""

from dataclasses import dataclass

from django.db import transaction

from apps.events.publish import publish
from apps.events.types import MinerChanged
from apps.fleet.drivers import Probe
from apps.fleet.models import Device
from apps.fleet.services import device_identify
from apps.kernel import clock
from apps.miners.client.types import Limits, MinerDetails
from apps.miners.models import Miner


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a firmware can do, by reflection, and the range of its power target in W."""

    methods: tuple[str, ...]
    power: Limits | None


def miner_seen(device: Device, details: MinerDetails, can: Abilities | None = None) -> bool:
    """Keep identity, firmware and status and tell what changed; False for another machine.

    `can` is kept with the firmware it was asked of; None leaves what is known. Raises `conflict`
    when another device has the serial number or MAC already.
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
                "psu_serial": details.psu_serial[:100],
                "platform": details.platform,
                "boot_mode": details.bos_mode,
                "status": details.status.value,
                "sticker_terahash": details.sticker_terahash,
                "details_at": clock.now(),
                **(_kept(can, details.version) if can else {}),
            },
        )
        if before and before != details.status.value:
            _tell(device, "status", before, details.status.value)
    return True


def _kept(can: Abilities, firmware: str) -> dict[str, object]:
    return {
        "methods": list(can.methods),
        "methods_firmware": firmware,
        "power_least_watts": can.power and round(can.power.least),
        "power_most_watts": can.power and round(can.power.most),
    }


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
