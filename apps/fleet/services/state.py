"""What pollers write: the last reading of each device, and its being lost and found, told once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.events.publish import publish
from apps.events.types import DeviceFound, DeviceLost, Event
from apps.fleet.models import Device, DeviceState, DeviceStatus, Liveness, Shard, Target
from apps.fleet.services.devices import forget_summaries
from apps.fleet.shardkeys import ShardKey
from apps.fleet.targets import PAST_SENDING
from apps.kernel import clock

#: Seconds without a reading after which a device is stale, and lost.
STALE_AFTER: Final = 30.0
LOST_AFTER: Final = 90.0

WRITTEN: Final = ("liveness", "summary", "seen_at", "lost_at", "reason", "poll_hz", "epoch")


@dataclass(frozen=True, slots=True)
class Reading:
    """A device answered at `seen_at`. `summary` is what lists show; the driver says what."""

    device_id: UUID
    seen_at: datetime
    summary: dict[str, Any] = field(default_factory=dict)
    poll_hz: float | None = None


def state_write_many(key: ShardKey, readings: Sequence[Reading]) -> int:
    """Write the readings of a shard's poller; how many were newer than what was known.

    `key` is the fence: a poller whose epoch is not the newest writes nothing. A device that
    was lost is told to be found.
    """
    with transaction.atomic():
        by_id = {reading.device_id: reading for reading in readings}
        rows = list(_locked(by_id))
        if not _is_newest(key):
            return 0
        fresh = [row for row in rows if _is_news(row, by_id[row.device_id])]
        found = [_found(row) for row in fresh if row.liveness == Liveness.LOST]
        for row in fresh:
            _apply(row, by_id[row.device_id], key.epoch)
        DeviceState.objects.bulk_update(fresh, [*WRITTEN, "updated_at"])
        _tell(found)
    return len(fresh)


def state_lost(key: ShardKey, lost: dict[UUID, str]) -> int:
    """The poller cannot reach these devices, and why; how many are lost now and were not.

    While a disruptive job is past sending, silence is a reboot and not a loss. A device that
    was never seen cannot be lost; the reason is kept, and brought up to date of one that is lost.
    """
    with transaction.atomic():
        rows = list(_locked(lost))
        if not _is_newest(key):
            return 0
        known = [row for row in rows if row.liveness == Liveness.LOST]
        _explain(known, lost)
        return _lose([row for row in rows if row not in known], lost)


def states_age(*, stale: float = STALE_AFTER, lost: float = LOST_AFTER) -> int:
    """Let states that nobody renews grow stale, then lost; how many are lost now.

    It looks at ages only, so it does not matter why nobody writes: the device, its poller or
    a frozen machine.
    """
    now = clock.now()
    old = Q(seen_at__lt=now - timedelta(seconds=stale))
    very_old = Q(seen_at__lt=now - timedelta(seconds=lost))
    active = DeviceState.objects.filter(device__status=DeviceStatus.ACTIVE)
    active.filter(old, liveness=Liveness.OK).update(liveness=Liveness.STALE, updated_at=now)
    candidates = active.filter(very_old, liveness__in=(Liveness.STALE, Liveness.REBOOTING))
    with transaction.atomic():
        ids = list(candidates.values_list("device_id", flat=True)[:1000])
        if not ids:
            return 0
        rows = list(_locked(ids).filter(very_old).exclude(liveness=Liveness.LOST))
        reason = f"No reading for more than {lost:g} s."
        return _lose(rows, {row.device_id: row.reason or reason for row in rows})


def _lose(rows: list[DeviceState], reasons: dict[UUID, str]) -> int:
    now, rebooting = clock.now(), _rebooting(row.device_id for row in rows)
    for row in rows:
        if row.liveness != Liveness.NEVER:
            away = row.device_id in rebooting
            row.liveness = Liveness.REBOOTING if away else Liveness.LOST
            row.lost_at = row.lost_at or now
        row.reason = reasons[row.device_id][:300]
        row.updated_at = now
    DeviceState.objects.bulk_update(rows, ["liveness", "lost_at", "reason", "updated_at"])
    gone = [row for row in rows if row.liveness == Liveness.LOST]
    _tell([_lost(row) for row in gone])
    return len(gone)


def _explain(rows: list[DeviceState], reasons: dict[UUID, str]) -> None:
    """Another reason for a loss that was told is kept, and no event."""
    other = [row for row in rows if row.reason != reasons[row.device_id][:300]]
    for row in other:
        row.reason, row.updated_at = reasons[row.device_id][:300], clock.now()
    DeviceState.objects.bulk_update(other, ["reason", "updated_at"])


def _apply(row: DeviceState, reading: Reading, epoch: int) -> None:
    row.liveness = Liveness.OK
    row.summary = reading.summary
    row.seen_at, row.lost_at, row.reason = reading.seen_at, None, ""
    row.poll_hz, row.epoch = reading.poll_hz, epoch
    row.updated_at = clock.now()


def _is_newest(key: ShardKey) -> bool:
    """To be asked once the rows are held: a successor that comes after the answer waits for them
    and overwrites them; asked before, what it wrote meanwhile would be overwritten."""
    return Shard.objects.filter(driver=key.driver, number=key.number, epoch=key.epoch).exists()


def _locked(ids: Iterable[UUID]) -> QuerySet[DeviceState]:
    """The rows, held in one order, so that two writers wait instead of dead-locking."""
    rows = DeviceState.objects.select_for_update(of=("self",)).select_related("device")
    return rows.filter(device_id__in=list(ids)).order_by("device_id")


def _is_news(row: DeviceState, reading: Reading) -> bool:
    return row.seen_at is None or reading.seen_at >= row.seen_at


def _rebooting(ids: Iterable[UUID]) -> set[UUID]:
    rows = Target.system.filter(device_id__in=list(ids), state__in=PAST_SENDING)
    return set(rows.values_list("device_id", flat=True))


def _found(row: DeviceState) -> tuple[Device, Event]:
    silent = (clock.now() - row.lost_at).total_seconds() if row.lost_at else None
    device = row.device
    return device, DeviceFound(device_id=device.id, name=device.name, silent_seconds=silent)


def _lost(row: DeviceState) -> tuple[Device, Event]:
    device = row.device
    return device, DeviceLost(device_id=device.id, name=device.name, reason=row.reason)


def _tell(news: list[tuple[Device, Event]]) -> None:
    for device, event in news:
        publish(
            event,
            tenant_id=device.tenant_id,
            site_path=device.site_path,
            device_id=device.id,
        )
    for tenant_id in {device.tenant_id for device, _ in news}:
        transaction.on_commit(partial(forget_summaries, tenant_id))
