"""What a shard's visits bring home, and storing it in one go."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from apps.events.publish import publish
from apps.events.types import MinerChanged
from apps.fleet.drivers import Probe
from apps.fleet.models import Device
from apps.fleet.services import Reading, device_identify, state_lost, state_write_many
from apps.fleet.shardkeys import ShardKey
from apps.miners.client.types import MinerDetails
from apps.miners.models import Miner

COPY = (
    "COPY miners_minersample (device_id, at, terahash, watts, accepted, rejected) "
    "FROM STDIN (FORMAT BINARY)"
)
TYPES = ("uuid", "timestamptz", "float8", "int4", "int8", "int8")


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of history. TH/s, watts, counts since start."""

    device_id: UUID
    at: datetime
    terahash: float
    watts: int
    accepted: int
    rejected: int

    def row(self) -> tuple[object, ...]:
        """In the order of the table's columns."""
        return (self.device_id, self.at, self.terahash, self.watts, self.accepted, self.rejected)


@dataclass(slots=True)
class Load:
    """What one flush stores."""

    readings: dict[UUID, Reading] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    lost: dict[UUID, str] = field(default_factory=dict)
    details: dict[UUID, tuple[Device, MinerDetails]] = field(default_factory=dict)


class Harvest:
    """Filled on the loop, emptied by the writer; at most one reading a device and flush."""

    def __init__(self) -> None:
        self._load = Load()

    def add(self, reading: Reading) -> None:
        """The newest reading of a device."""
        self._load.readings[reading.device_id] = reading
        self._load.lost.pop(reading.device_id, None)

    def add_sample(self, sample: Sample) -> None:
        """One row of history."""
        self._load.samples.append(sample)

    def add_details(self, device: Device, details: MinerDetails) -> None:
        """What the device says it is."""
        self._load.details[device.id] = (device, details)

    def lose(self, device_id: UUID, reason: str) -> None:
        """A device that cannot be reached, and why."""
        self._load.lost[device_id] = reason

    def take(self) -> Load:
        """All there is; the harvest is empty afterwards."""
        load, self._load = self._load, Load()
        return load


def store(key: ShardKey, load: Load) -> None:
    """Write a load; a shard that is no longer ours writes nothing."""
    if load.readings and not state_write_many(key, list(load.readings.values())):
        return
    if load.lost:
        state_lost(key, load.lost)
    if load.samples:
        copy_samples(load.samples)
    for device, details in load.details.values():
        identify(device, details)


def copy_samples(samples: list[Sample]) -> None:
    """Append history by binary COPY."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for one in samples:
            copy.write_row(one.row())


def identify(device: Device, details: MinerDetails) -> None:
    """Keep what the miner says it is, and tell what changed."""
    before = Miner.system.filter(device=device).values_list("status", flat=True).first()
    firmware = device.firmware
    with transaction.atomic():
        device_identify(
            device,
            Probe(
                serial=details.serial or details.uid,
                mac=details.mac.lower(),
                model=details.model,
                firmware=details.version,
            ),
        )
        Miner.system.update_or_create(
            device=device,
            defaults={
                "uid": details.uid,
                "platform": details.platform,
                "boot_mode": details.bos_mode,
                "status": details.status.value,
                "sticker_terahash": details.sticker_terahash,
            },
        )
        if firmware and firmware != details.version:
            _tell(device, "firmware", firmware, details.version)
        if before and before != details.status.value:
            _tell(device, "status", before, details.status.value)


def _tell(device: Device, change: str, before: str, after: str) -> None:
    publish(
        MinerChanged(device_id=device.id, change=change, before=before, after=after),
        tenant_id=device.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )
