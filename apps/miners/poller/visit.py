"""Visiting one miner for as long as it is ours: connect, read, come again."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog

from apps.events.frames import Frame
from apps.fleet import breaker, sessions
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device
from apps.fleet.services import Reading
from apps.kernel import clock
from apps.kernel.errors import Code, Failure, conflict
from apps.miners.client.errors import ClientError
from apps.miners.client.types import MinerDetails, MinerStats, TunerState
from apps.miners.driver import BraiinsDriver, MinerSession
from apps.miners.poller import parts
from apps.miners.poller.harvest import Harvest, Sample
from apps.miners.poller.times import TIMES, Times
from apps.miners.seen import Abilities

#: Failures in a row after which a miner counts as lost.
LOST_AFTER: Final = 3

#: Failures that count against a device's breaker.
SILENT: Final = (Code.UNREACHABLE, Code.TIMEOUT)

#: What a stream's reader needs to see a miner's frames.
PERMISSION: Final = "miners.view"

log = structlog.get_logger(__name__)


class Visit:
    """One device's loop. A failure of the device never leaves it."""

    def __init__(
        self, device: Device, harvest: Harvest, period: float, times: Times = TIMES
    ) -> None:
        self._device = device
        self._harvest = harvest
        self._period = period
        self._times = times
        self._failures = 0
        self._is_closed = False
        self._known: MinerDetails | None = None
        self._parts_due = 0.0
        self._chip_c: float | None = None

    async def run(self) -> None:
        """Visit until cancelled; the first time at a random part of the period."""
        await asyncio.sleep(random.uniform(0, self._period))  # noqa: S311 - spreads the load
        while True:
            try:
                await self._stay()
            except (Failure, ClientError) as error:
                await self._failed(as_failure(error))
            except Exception as error:  # one miner's odd answer must not end its visits
                log.exception("visit failed", device=str(self._device.id))
                await self._failed(Failure(Code.INTERNAL, f"It cannot be read: {error}"))

    async def _stay(self) -> None:
        session: Any = await sessions.connect(self._device, timeout=self._times.connect)
        self._known = None
        self._parts_due = 0.0
        try:
            while True:
                await self._read(session)
                await asyncio.sleep(self._period)
        finally:
            await session.close()

    async def _read(self, session: MinerSession) -> None:
        client, now = session.client, clock.now()
        stats, tuner = await client.stats(), await client.tuning.state()
        details = await client.details()
        require_same(self._device, details)
        self._failures = 0
        await self._tell_identity(session, details)
        await self._read_parts(session, now)
        found = reading(self._device, details, stats, tuner, now, self._chip_c)
        self._harvest.add(found)
        self._harvest.add_frame(frame(self._device, found))
        self._harvest.add_sample(sample(self._device, stats, now, self._chip_c))
        await self._answered()

    async def _tell_identity(self, session: MinerSession, details: MinerDetails) -> None:
        """Uptimes always differ; what a miner is changes seldom and is stored only then.

        What its firmware can do is asked once a connection and again after an upgrade.
        """
        lasting = replace(details, uptime_s=0, daemon_uptime_s=0)
        if lasting == self._known:
            return
        upgraded = self._known is None or self._known.version != lasting.version
        can = await abilities(session) if upgraded else None
        self._known = lasting
        self._harvest.add_details(self._device, details, can)

    async def _read_parts(self, session: MinerSession, now: datetime) -> None:
        """Boards, fans and pools, seldom; a firmware that does not tell them is read without."""
        if time.monotonic() < self._parts_due:
            return
        self._parts_due = time.monotonic() + self._times.parts
        found = await parts.read(session.client)
        self._chip_c = found.chip_c
        self._harvest.add_parts(self._device.id, now, found.plain)

    async def _answered(self) -> None:
        """Once the breaker is closed, successes need not be counted."""
        if not self._is_closed:
            state = await asyncio.to_thread(breaker.polled, self._device.id, ok=True)
            self._is_closed = state is BreakerState.CLOSED

    async def _failed(self, failure: Failure) -> None:
        self._failures += 1
        if failure.code in SILENT:
            self._is_closed = False
            await asyncio.to_thread(breaker.polled, self._device.id, ok=False)
        if self._failures == LOST_AFTER:
            log.info("miner lost", device=str(self._device.id), reason=failure.detail)
        if self._failures >= LOST_AFTER:
            self._harvest.lose(self._device.id, failure.detail)
        most = self._times.pause(self._failures)
        await asyncio.sleep(random.uniform(most / 2, most))  # noqa: S311 - jitter


async def abilities(session: MinerSession) -> Abilities | None:
    """What the firmware can do; None where it does not tell."""
    try:
        methods = await session.client.capabilities()
        power = (await session.client.tuning.constraints()).power
    except ClientError:
        return None
    return Abilities(tuple(sorted(methods)), power)


def require_same(device: Device, details: MinerDetails) -> None:
    """Raises `conflict` when another machine answers at the device's address."""
    serial = details.serial or details.uid
    if device.serial and serial and device.serial != serial:
        raise conflict(f"Another miner answers there: its serial number is {serial}.")


def as_failure(error: Failure | ClientError) -> Failure:
    """What a failed visit is called."""
    if isinstance(error, Failure):
        return error
    return BraiinsDriver().failure(error, changing=False)


def reading(
    device: Device,
    details: MinerDetails,
    stats: MinerStats,
    tuner: TunerState,
    at: datetime,
    chip_c: float | None = None,
) -> Reading:
    """What lists and pages show of a miner. TH/s, watts, seconds, °C."""
    return Reading(
        device_id=device.id,
        seen_at=at,
        summary={
            "status": details.status.value,
            "firmware": details.version,
            "uptime_s": details.uptime_s,
            "terahash": round(stats.terahash.last_5s, 2),
            "terahash_15m": round(stats.terahash.last_15m, 2),
            "watts": stats.watts,
            "joule_per_terahash": round(stats.joule_per_terahash, 2),
            "power_target_watts": tuner.target_watts,
            "tuner": tuner.status.value,
            "chip_c": chip_c,
        },
    )


def frame(device: Device, found: Reading) -> Frame:
    """The same for pages that are open: the summary under its own names, and its instant."""
    values = {"at": found.seen_at.isoformat(), **found.summary}
    return Frame(device.tenant_id, device.id, device.site_path, PERMISSION, values)


def sample(device: Device, stats: MinerStats, at: datetime, chip_c: float | None = None) -> Sample:
    """One row of history."""
    return Sample(
        device_id=device.id,
        at=at,
        terahash=stats.terahash.last_5s,
        watts=stats.watts,
        accepted=stats.accepted_shares,
        rejected=stats.rejected_shares,
        chip_c=chip_c,
    )
