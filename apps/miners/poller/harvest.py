"""What a shard's visits bring home, and storing it in one go."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.db import connection, transaction

from apps.events.frames import Frame
from apps.fleet.models import Device, Shard
from apps.fleet.services import Reading, state_lost, state_write_many
from apps.fleet.shardkeys import ShardKey
from apps.kernel.errors import Failure
from apps.miners.client.types import MinerDetails
from apps.miners.late import results_note
from apps.miners.seen import Abilities, miner_seen

COPY: Final = (
    "COPY miners_minersample (device_id, at, terahash, watts, chip_c, accepted, rejected) "
    "FROM STDIN (FORMAT BINARY)"
)
TYPES: Final = ("uuid", "timestamptz", "float8", "int4", "float8", "int8", "int8")
_PARTS: Final = """
UPDATE miners_miner AS miner SET parts = given.parts, parts_at = given.at
FROM unnest(%s::uuid[], %s::jsonb[], %s::timestamptz[]) AS given (id, parts, at)
WHERE miner.device_id = given.id
"""
#: Samples kept while the database is away; the oldest go first.
MOST_SAMPLES: Final = 100_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of history. TH/s, watts, °C of the hottest chip, counts since start."""

    device_id: UUID
    at: datetime
    terahash: float
    watts: int
    accepted: int
    rejected: int
    chip_c: float | None = None

    def row(self) -> tuple[object, ...]:
        """In the order of the table's columns."""
        return (
            self.device_id,
            self.at,
            self.terahash,
            self.watts,
            self.chip_c,
            self.accepted,
            self.rejected,
        )


@dataclass(slots=True)
class Load:
    """What one flush stores."""

    readings: dict[UUID, Reading] = field(default_factory=dict)
    frames: dict[UUID, Frame] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    lost: dict[UUID, str] = field(default_factory=dict)
    details: dict[UUID, tuple[Device, MinerDetails, Abilities | None]] = field(default_factory=dict)
    parts: dict[UUID, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)


class Harvest:
    """Filled on the loop, emptied by the writer; at most one reading a device and flush."""

    def __init__(self) -> None:
        self._load = Load()

    def add(self, reading: Reading) -> None:
        """The newest reading of a device."""
        self._load.readings[reading.device_id] = reading
        self._load.lost.pop(reading.device_id, None)

    def add_frame(self, frame: Frame) -> None:
        """What people watch of a device; the next one replaces it."""
        self._load.frames[frame.device_id] = frame

    def add_sample(self, sample: Sample) -> None:
        """One row of history."""
        self._load.samples.append(sample)

    def add_details(
        self, device: Device, details: MinerDetails, can: Abilities | None = None
    ) -> None:
        """What the device says it is, and where it was asked, what it can do."""
        _, _, asked = self._load.details.get(device.id, (device, details, None))
        self._load.details[device.id] = (device, details, can or asked)

    def add_parts(self, device_id: UUID, at: datetime, parts: dict[str, Any]) -> None:
        """What the device is made of, and how each part does."""
        self._load.parts[device_id] = (at, parts)

    def give_back(self, load: Load) -> None:
        """What could not be stored, for the next flush; newer news stays."""
        kept = self._load
        for found in kept.readings:
            load.lost.pop(found, None)
        kept.readings = {**load.readings, **kept.readings}
        kept.details = {**load.details, **kept.details}
        kept.parts = {**load.parts, **kept.parts}
        kept.lost = {**load.lost, **kept.lost}
        kept.samples = [*load.samples, *kept.samples][-MOST_SAMPLES:]

    def lose(self, device_id: UUID, reason: str) -> None:
        """A device that cannot be reached, and why."""
        self._load.lost[device_id] = reason

    def take(self) -> Load:
        """All there is; the harvest is empty afterwards."""
        load, self._load = self._load, Load()
        return load


def store(key: ShardKey, load: Load) -> None:
    """Write a load whole or not at all; a shard that is no longer ours writes nothing."""
    with transaction.atomic():
        if not Shard.objects.filter(driver=key.driver, number=key.number, epoch=key.epoch).exists():
            return
        state_write_many(key, list(load.readings.values()))
        state_lost(key, load.lost)
        copy_samples(load.samples)
        known = {
            device.id: details.version
            for device, details, can in load.details.values()
            if identify(device, details, can)
        }
        if known:
            results_note(known)
        keep_parts(load.parts)


def copy_samples(samples: list[Sample]) -> None:
    """Append history by binary COPY."""
    if not samples:
        return
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for one in samples:
            copy.write_row(one.row())


def keep_parts(parts: dict[UUID, tuple[datetime, dict[str, Any]]]) -> None:
    """Keep what devices are made of, all in one statement."""
    if not parts:
        return
    texts = [orjson.dumps(one).decode() for _, one in parts.values()]
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [list(parts), texts, [at for at, _ in parts.values()]])


def identify(device: Device, details: MinerDetails, can: Abilities | None = None) -> bool:
    """Keep what the miner says it is; another machine at its address is only logged (False)."""
    try:
        with transaction.atomic():
            known = miner_seen(device, details, can)
    except Failure as failure:
        log.warning("miner not identified", device=str(device.id), reason=failure.detail)
        return False
    if not known:
        log.warning("another miner answers", device=str(device.id), serial=details.serial)
    return known
