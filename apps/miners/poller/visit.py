"""Visiting one miner for as long as it is ours: connect, read, come again."""

import asyncio
import random
from datetime import datetime
from typing import Any, Final

import structlog

from apps.fleet import breaker, sessions
from apps.fleet.models import Device
from apps.fleet.services import Reading
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.miners.client.errors import ClientError
from apps.miners.client.miner import MinerClient
from apps.miners.client.types import MinerDetails, MinerStats, TunerState
from apps.miners.driver import BraiinsDriver, MinerSession
from apps.miners.poller.harvest import Harvest, Sample

#: Seconds for a connection, and between two full readings of identity.
CONNECT_SECONDS: Final = 5.0
DETAILS_SECONDS: Final = 60.0
#: Failures in a row after which a miner counts as lost, and the longest pause between tries (s).
LOST_AFTER: Final = 3
LONGEST_PAUSE: Final = 30.0

#: Failures that count against a device's breaker.
SILENT: Final = (Code.UNREACHABLE, Code.TIMEOUT)

log = structlog.get_logger(__name__)


class Visit:
    """One device's loop. A failure of the device never leaves it."""

    def __init__(self, device: Device, harvest: Harvest, period: float) -> None:
        self._device = device
        self._harvest = harvest
        self._period = period
        self._failures = 0
        self._details: MinerDetails | None = None
        self._details_at = 0.0

    async def run(self) -> None:
        """Visit until cancelled; the first time at a random part of the period."""
        await asyncio.sleep(random.uniform(0, self._period))  # noqa: S311 - spreads the load
        while True:
            try:
                await self._stay()
            except (Failure, ClientError) as error:
                await self._failed(error)

    async def _stay(self) -> None:
        session: Any = await sessions.connect(self._device, timeout=CONNECT_SECONDS)
        try:
            self._details = None
            while True:
                await self._read(session)
                await asyncio.sleep(self._period)
        finally:
            await session.close()

    async def _read(self, session: MinerSession) -> None:
        client, now = session.client, clock.now()
        stats, tuner = await client.stats(), await client.tuner_state()
        details = await self._identity(client)
        self._failures = 0
        self._harvest.add(reading(self._device, details, stats, tuner, now))
        self._harvest.add_sample(sample(self._device, stats, now))
        await asyncio.to_thread(breaker.polled, self._device.id, ok=True)

    async def _identity(self, client: MinerClient) -> MinerDetails:
        """Details cost more and change seldom; status and uptime are part of them."""
        if self._details is None or clock.monotonic() - self._details_at > self._period:
            self._details = await client.details()
            self._details_at = clock.monotonic()
            self._harvest.add_details(self._device, self._details)
        return self._details

    async def _failed(self, error: Failure | ClientError) -> None:
        self._failures += 1
        failure = error if isinstance(error, Failure) else _failure(error)
        if failure.code in SILENT:
            await asyncio.to_thread(breaker.polled, self._device.id, ok=False)
        if self._failures == LOST_AFTER:
            log.info("miner lost", device=str(self._device.id), reason=failure.detail)
        if self._failures >= LOST_AFTER:
            self._harvest.lose(self._device.id, failure.detail)
        most = min(LONGEST_PAUSE, 2.0 ** min(self._failures, 6))
        await asyncio.sleep(random.uniform(most / 2, most))  # noqa: S311 - jitter


def _failure(error: ClientError) -> Failure:
    found = BraiinsDriver().failure(error, changing=False)
    if found is None:
        raise error
    return found


def reading(
    device: Device, details: MinerDetails, stats: MinerStats, tuner: TunerState, at: datetime
) -> Reading:
    """What lists and pages show of a miner. TH/s, watts, seconds."""
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
        },
    )


def sample(device: Device, stats: MinerStats, at: datetime) -> Sample:
    """One row of history."""
    return Sample(
        device_id=device.id,
        at=at,
        terahash=stats.terahash.last_5s,
        watts=stats.watts,
        accepted=stats.accepted_shares,
        rejected=stats.rejected_shares,
    )
