"""The exclusive, fenced hold on one device while one step of disruptive work runs."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.db.models import F, Q, QuerySet

from apps.fleet.models import Device, DeviceLease
from apps.kernel import clock
from apps.kernel.errors import Code, Failure, conflict

#: Seconds a lease lasts without being renewed.
LEASE_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class LeaseLost(Failure):
    """The hold on the device is over: nothing more may be sent under it."""

    def __init__(self, epoch: int) -> None:
        super().__init__(
            Code.CONFLICT,
            f"The hold on the device (epoch {epoch}) is over; nothing more was sent under it.",
        )


@dataclass(slots=True)
class Lease:
    """A lease as its holder carries it. `ends` is on the monotonic clock; renewing moves it."""

    device_id: UUID
    epoch: int
    owner: str
    ends: float

    def remaining(self) -> float:
        """Seconds left by the monotonic clock; raises `LeaseLost` when there are none."""
        left = self.ends - clock.monotonic()
        if left <= 0:
            raise LeaseLost(self.epoch)
        return left

    def require(self) -> None:
        """For between the chunks of a transfer: raises `LeaseLost` when the time is over."""
        self.remaining()


@contextmanager
def hold(device: Device, *, owner: str = "", seconds: float = LEASE_SECONDS) -> Iterator[Lease]:
    """Hold the device during the block, renewing from a side thread; raises `conflict`.

    `owner` is what others are told stands in their way: a job's id, say.
    """
    lease = take(device, owner or f"{socket.gethostname()}:{os.getpid()}", seconds=seconds)
    over = threading.Event()
    thread = threading.Thread(
        target=_renewing, args=(lease, over, seconds), name=f"lease-{device.id}", daemon=True
    )
    thread.start()
    try:
        yield lease
    finally:
        over.set()
        thread.join()
        release(lease)


def take(device: Device, owner: str, *, seconds: float = LEASE_SECONDS) -> Lease:
    """Take the lease for `owner` with the next epoch; raises `conflict` when it is held."""
    DeviceLease.objects.get_or_create(device_id=device.id)
    now, ends = clock.now(), clock.monotonic() + seconds
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    won = DeviceLease.objects.filter(free, device_id=device.id).update(
        epoch=F("epoch") + 1, owner=owner[:100], lease_until=now + timedelta(seconds=seconds)
    )
    row = DeviceLease.objects.get(device_id=device.id)
    if not won:
        raise conflict(f"{device.name} is held by {row.owner or 'another step'} just now.")
    return Lease(device.id, row.epoch, row.owner, ends)


def renew(lease: Lease, *, seconds: float = LEASE_SECONDS) -> None:
    """Let it last `seconds` from now; raises `LeaseLost` when it is over."""
    now, ends = clock.now(), clock.monotonic() + seconds
    if not _held(lease).update(lease_until=now + timedelta(seconds=seconds)):
        lease.ends = 0.0
        raise LeaseLost(lease.epoch)
    lease.ends = ends


def release(lease: Lease) -> bool:
    """Give it up; False when it was already somebody else's or over."""
    return bool(_held(lease).update(lease_until=None, owner=""))


def check(lease: Lease, *, lock: bool = False) -> None:
    """Raises `LeaseLost` unless `lease` has the newest epoch and time left.

    With `lock` its row stays as it is until the running transaction ends.
    """
    lease.require()
    rows = _held(lease)
    if not (rows.select_for_update() if lock else rows).first():
        raise LeaseLost(lease.epoch)


def held_until(device: Device) -> datetime | None:
    """When the present hold of the device ends; None when it is free."""
    rows = DeviceLease.objects.filter(device_id=device.id, lease_until__gt=clock.now())
    return rows.values_list("lease_until", flat=True).first()


def _held(lease: Lease) -> QuerySet[DeviceLease]:
    return DeviceLease.objects.filter(
        device_id=lease.device_id,
        epoch=lease.epoch,
        owner=lease.owner,
        lease_until__gt=clock.now(),
    )


def _renewing(lease: Lease, over: threading.Event, seconds: float) -> None:
    """Renew thrice a lease's length; without the database the lease runs out by itself."""
    try:
        while not over.wait(seconds / 3):
            try:
                renew(lease, seconds=seconds)
            except DatabaseError as error:
                log.warning("lease not renewed", device_id=str(lease.device_id), error=str(error))
    except LeaseLost:
        log.warning("lease lost", device_id=str(lease.device_id), epoch=lease.epoch)
    finally:
        connection.close()
