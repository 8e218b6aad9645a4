"""What is known of the miners of a place, and why one of them may not be paused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final
from uuid import UUID

from django.db.models import Max

from apps.fleet import stops
from apps.fleet.models import Device, DeviceKind, DeviceStatus, EmergencyStop, Liveness, Target
from apps.fleet.models.rollout import Member, MemberState
from apps.fleet.models.target import TERMINAL
from apps.kernel import clock
from apps.miners.client.types import MinerStatus
from apps.miners.curtail.choice import Candidate, idle_watts
from apps.miners.models.curtailment import HELD, CurtailedMiner
from apps.miners.models.curtailment import CurtailedState as M

#: A miner that draws more than this share of its earlier power, in %, is not paused.
PAUSED_PERCENT: Final = 20
#: A reading of more TH/s than this is hashing.
HASHING_TERAHASH: Final = 0.5
PAUSE: Final = "PauseMining"


@dataclass(frozen=True, slots=True)
class Sighted:
    """One miner as it was last read. Watts, TH/s, J/TH; `fresh` says that the reading counts."""

    device: Device
    fresh: bool
    seen_at: datetime | None
    status: str
    watts: int
    terahash: float
    joule_per_terahash: float
    can_pause: bool
    liveness: str

    @property
    def id(self) -> UUID:
        """Of its device."""
        return self.device.id

    @property
    def circuit(self) -> str:
        """What it hangs on, where that is known; else its rack or place."""
        return self.device.circuit or self.device.site_path

    @property
    def hashes(self) -> bool:
        """Whether it is read to work."""
        return self.status == MinerStatus.NORMAL and self.terahash > HASHING_TERAHASH

    def is_paused(self, watts_before: int) -> bool:
        """Whether it is proven to be paused, by what it says, draws and yields."""
        quiet = self.watts * 100 <= max(watts_before, 1) * PAUSED_PERCENT
        still = self.terahash <= HASHING_TERAHASH
        return self.fresh and self.status == MinerStatus.PAUSED and quiet and still

    @property
    def candidate(self) -> Candidate:
        """As the choice takes it."""
        return Candidate(self.id, self.watts, self.joule_per_terahash)


@dataclass(frozen=True, slots=True)
class Claims:
    """What else is at work on the miners of a tenant.

    `foreseen` are the watts that a miner of any curtailment will draw once it was told.
    """

    jobs: Mapping[UUID, str]
    rollouts: Mapping[UUID, str]
    curtailed: Mapping[UUID, str]
    foreseen: Mapping[UUID, int]
    restored: Mapping[UUID, datetime]
    stops: tuple[EmergencyStop, ...]

    @classmethod
    def of(cls, tenant_id: UUID, ids: Iterable[UUID]) -> "Claims":
        """As it is now."""
        wanted = list(ids)
        jobs = Target.system.filter(device_id__in=wanted).exclude(state__in=TERMINAL)
        members = Member.system.filter(
            device_id__in=wanted, state__in=(MemberState.RUNNING, MemberState.UNKNOWN)
        )
        held = CurtailedMiner.system.filter(device_id__in=wanted, state__in=HELD)
        held = held.order_by().select_related("curtailment")
        restored = CurtailedMiner.system.filter(device_id__in=wanted, restored_at__isnull=False)
        return cls(
            jobs={row.device_id: f"job {row.job_id} ({row.operation})" for row in jobs},
            rollouts=dict(members.values_list("device_id", "rollout__name")),
            curtailed={row.device_id: row.curtailment.name for row in held},
            foreseen={row.device_id: foreseen(row) for row in held if row.state != M.CONFIRMED},
            restored=dict(
                restored.order_by().values_list("device_id").annotate(newest=Max("restored_at"))
            ),
            stops=tuple(stops.standing(tenant_id)),
        )

    def stop_over(self, device: Device) -> EmergencyStop | None:
        """The emergency stop that covers a device."""
        return next((one for one in self.stops if device.site_path.startswith(one.path)), None)


def foreseen(one: CurtailedMiner) -> int:
    """What a held miner that is not settled will draw, W."""
    back = one.state in (M.RESTORING, M.RESUMING)
    return one.watts_before if back else idle_watts(one.watts_before)


def sighted(tenant_id: UUID, path: str) -> list[Sighted]:
    """Every miner at a place and below it, as it was last read."""
    rows = Device.system.filter(
        tenant_id=tenant_id,
        site_path__startswith=path,
        kind=DeviceKind.MINER,
        status=DeviceStatus.ACTIVE,
    )
    return [sight(device) for device in rows.select_related("state", "miner").order_by("id")]


def sight(device: Device) -> Sighted:
    """One miner; `state` and `miner` of the device are looked at where they are there."""
    state, miner = getattr(device, "state", None), getattr(device, "miner", None)
    summary: Mapping[str, Any] = state.summary if state else {}
    methods = miner.methods if miner else []
    return Sighted(
        device=device,
        fresh=bool(state and state.liveness == Liveness.OK and state.seen_at),
        seen_at=state.seen_at if state else None,
        status=str(summary.get("status", "")),
        watts=int(summary.get("watts") or 0),
        terahash=float(summary.get("terahash") or 0.0),
        joule_per_terahash=efficiency(summary),
        can_pause=not methods or any(name.endswith(PAUSE) for name in methods),
        liveness=state.liveness if state else Liveness.NEVER,
    )


def efficiency(summary: Mapping[str, Any]) -> float:
    """Measured J/TH, by its power and the mean rate of 15 minutes; infinite where nothing comes.

    What the miner tells as its efficiency goes by the last seconds, and so changes the order of
    miners that are much alike from one reading to the next.
    """
    rate = float(summary.get("terahash_15m") or summary.get("terahash") or 0.0)
    return round(float(summary.get("watts") or 0) / rate, 1) if rate > 0 else inf


def reason_against(one: Sighted, claims: Claims, *, min_on: timedelta | None) -> str:
    """Why a miner may not be paused now; empty where it may.

    `min_on` is how long a restored miner is left to hash; None where that is overridden.
    """
    held = _held(one, claims)
    if held:
        return held
    if not one.fresh:
        return _unseen(one)
    if not one.can_pause:
        return "Its firmware has no command to pause it."
    if one.status == MinerStatus.PAUSED:
        return "It is paused already, and not by a curtailment."
    if one.status != MinerStatus.NORMAL:
        return f"It is {one.status or 'in an unknown state'} and not in hand."
    restored = claims.restored.get(one.id)
    if min_on is not None and restored is not None and clock.now() - restored < min_on:
        return f"It was restored at {restored:%H:%M:%S} UTC and hashes for its least time."
    return ""


def _held(one: Sighted, claims: Claims) -> str:
    stop = claims.stop_over(one.device)
    if stop is not None:
        return f"An emergency stop of {stop.place} covers it."
    if one.id in claims.curtailed:
        return f"Curtailment {claims.curtailed[one.id]} has it."
    if one.id in claims.jobs:
        return f"It is held by {claims.jobs[one.id]}."
    if one.id in claims.rollouts:
        return f"Rollout {claims.rollouts[one.id]} is at work on it."
    return ""


def _unseen(one: Sighted) -> str:
    if one.seen_at is None:
        return "It was never read."
    return f"It is {one.liveness}: last read at {one.seen_at:%Y-%m-%d %H:%M:%S} UTC."
