"""Who polls what: devices are split into shards, each polled by one leased, fenced task."""

from collections.abc import Iterator
from uuid import UUID
from zlib import crc32

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.fleet import beats, pollers, sessions
from apps.fleet.hold import ShardHold
from apps.fleet.models import Device, DeviceStatus, Shard
from apps.fleet.shardkeys import DISPATCHED_MS, ShardKey
from apps.jobs import queue
from apps.kernel.valkey import valkey

POLL_SHARD = "fleet.poll_shard"
#: Seconds after which a message nobody took is dropped.
MESSAGE_SECONDS = 10.0

log = structlog.get_logger(__name__)


def shard_of(device_id: UUID) -> int:
    """The shard a device belongs to; the same wherever and whenever it is computed."""
    return crc32(device_id.bytes) % int(settings.CONFIG.poller_shards)


def wanted() -> list[ShardKey]:
    """The shards that have devices to poll."""
    rows = Device.system.filter(status=DeviceStatus.ACTIVE, driver__in=pollers.polled())
    pairs = rows.order_by("driver", "shard").values_list("driver", "shard").distinct()
    return [ShardKey(driver, number) for driver, number in pairs]


def supervise() -> list[ShardKey]:
    """One tick: end frozen pollers, free what dead ones held, and send a task for every shard
    that nobody holds; which were sent.

    Idempotent, and harmless in parallel: the guard in Valkey lets one through, and of two
    tasks the lease lets one poll.
    """
    reassign()
    sent = []
    for shard in wanted():
        beats.end_frozen(shard)
        beats.free_dead(shard)
        if _is_free(shard):
            sent.append(_dispatch(shard))
    return sent


def poll(key: ShardKey, task_id: str) -> bool:
    """Poll a shard until it is to be given up; False when another task has it."""
    newest = Shard.objects.filter(driver=key.driver, number=key.number).first()
    if newest is None or newest.epoch != key.epoch:
        log.info("stale shard task dropped", shard=str(key))
        return False
    return sessions.run(_serve(key, task_id))


def stop(key: ShardKey) -> None:
    """Have the shard given up within a second, and not taken again until `resume`."""
    valkey().set(key.stop, b"1")


def resume(key: ShardKey) -> None:
    """Have the shard polled again."""
    valkey().delete(key.stop)


def reassign() -> int:
    """Give devices whose shard is no longer there, since there are fewer now, another one."""
    strays = Device.system.filter(shard__gte=settings.CONFIG.poller_shards)
    return sum(_move(device_id) for device_id in strays.values_list("id", flat=True))


def epoch_next(shard: ShardKey) -> ShardKey:
    """The shard under a new epoch; whoever had the one before can write no more."""
    with transaction.atomic():
        Shard.objects.get_or_create(driver=shard.driver, number=shard.number)
        rows = Shard.objects.filter(driver=shard.driver, number=shard.number)
        rows.update(epoch=F("epoch") + 1)
        return ShardKey(shard.driver, shard.number, rows.get().epoch)


def holders() -> Iterator[tuple[ShardKey, float | None]]:
    """Every shard that should be polled, with the age of its newest heartbeat in seconds."""
    moment = beats.now()
    for shard in wanted():
        ages = [moment - beat.at for beat in beats.read(shard)]
        yield shard, min(ages, default=None)


async def _serve(key: ShardKey, task_id: str) -> bool:
    return await ShardHold(key, task_id).serve(pollers.poller(key.driver))


def _is_free(shard: ShardKey) -> bool:
    client = valkey()
    if client.exists(shard.lease, shard.stop):
        return False
    return bool(client.set(shard.dispatched, b"1", nx=True, px=DISPATCHED_MS))


def _dispatch(shard: ShardKey) -> ShardKey:
    fresh = epoch_next(shard)
    queue.send(
        POLL_SHARD,
        fresh.driver,
        fresh.number,
        fresh.epoch,
        queue="pollers",
        expires=MESSAGE_SECONDS,
    )
    return fresh


def _move(device_id: UUID) -> int:
    return Device.system.filter(id=device_id).update(shard=shard_of(device_id))
