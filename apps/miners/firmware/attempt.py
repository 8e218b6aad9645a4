"""One try at upgrading one miner: its rows, what is known of it, and its moves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings

from apps.fleet import leases, sessions, targets
from apps.fleet.models import Device, Target, TargetState
from apps.kernel import clock
from apps.kernel.crashpoints import reached
from apps.kernel.errors import Code, Failure, NeedsHuman
from apps.miners.driver import MinerSession
from apps.miners.firmware import store
from apps.miners.firmware.health import Snapshot, is_version, snapshot
from apps.miners.models import FirmwareImage
from apps.miners.schemas.firmware import MinersFirmwareUpgradeIn
from apps.miners.services import miner_of
from apps.operations.context import Context

#: Seconds between two looks at a device that is away or not yet well.
LOOK_AGAIN: Final = 2.0
#: Seconds that one look may take.
LOOK_SECONDS: Final = 8.0
STAGES: Final = 6

#: Failures that only say that the device cannot be asked now.
AWAY: Final = frozenset({Code.UNREACHABLE, Code.TIMEOUT, Code.BREAKER_OPEN, Code.BUSY})


@dataclass(slots=True)
class Attempt:
    """What a step has before it. All that must survive is in the target's row."""

    ctx: Context
    device: Device
    image: FirmwareImage
    target: Target
    older: bool = False

    @classmethod
    def of(cls, ctx: Context, data: MinersFirmwareUpgradeIn) -> Self:
        """The rows of this job; the first step makes the target, which holds the device."""
        device = miner_of(ctx.actor, data.device)
        image = store.image_get(ctx.actor, data.image)
        target = targets.of_job(ctx.job_id)
        if target is None:
            target = targets.target_create(ctx, device)
            reached("miners.firmware.queued")
        return cls(ctx, device, image, target, data.older)

    @property
    def state(self) -> TargetState:
        """Where the target stands."""
        return TargetState(self.target.state)

    @property
    def is_crossed(self) -> bool:
        """Whether something may have been sent."""
        return self.target.intent_at is not None

    @property
    def before(self) -> Snapshot | None:
        """What preflight saw."""
        stored = self.target.device_before
        return Snapshot.restored(stored) if stored else None

    @property
    def version_before(self) -> str:
        """The version that preflight saw."""
        return self.before.version if self.before else ""

    def move(self, to: TargetState, sentence: str, **fields: Any) -> None:
        """Move the target and tell what it means; raises when another worker moved it."""
        self.target = targets.move(self.target, to, ctx=self.ctx, detail=sentence, **fields)
        self.ctx.line(sentence)
        reached(f"miners.firmware.{to.value}")

    def fall(self, to: TargetState, reason: str, **fields: Any) -> None:
        """Leave the good path: by way of `reconciling`, as every such end does."""
        if self.state is not TargetState.RECONCILING:
            self.target = targets.move(
                self.target, TargetState.RECONCILING, ctx=self.ctx, detail=reason
            )
        self.move(to, reason, **fields)

    def progress(self, stage: int, sentence: str) -> None:
        """How far the upgrade is, of STAGES; a wish to stop that comes too late is answered."""
        if self.is_crossed and self.ctx.cancelled():
            sentence = f"{sentence} It was sent and can no longer be stopped."
        self.ctx.progress(stage, STAGES, sentence)

    @contextmanager
    def hold(self) -> Iterator[leases.Lease]:
        """The device's lease for this step; raises `busy` while somebody else has it."""
        seconds = float(settings.CONFIG.device_lease_seconds)
        holding = leases.hold(self.device, owner=str(self.ctx.job_id), seconds=seconds)
        with ExitStack() as stack:
            try:
                lease = stack.enter_context(holding)
            except Failure as failure:
                raise Failure(Code.BUSY, failure.detail, retry_after=LOOK_AGAIN) from failure
            yield lease

    def look(self) -> Snapshot | None:
        """What the miner says now; nothing while it is away, names no version, or is another.

        A miner that answers and does not let us in ends the attempt.
        """
        try:
            now = self._ask()
        except Failure as failure:
            if failure.code in AWAY or isinstance(failure, leases.LeaseLost):
                return None
            raise self._shut_out(failure) from failure
        if not now.version:
            return None  # a garbled answer: no evidence of anything
        return now if self.before is None or now.is_same_machine(self.before) else None

    def is_overdue(self) -> bool:
        """Whether the present state has lasted longer than it may."""
        return self.target.deadline is not None and clock.now() >= self.target.deadline

    def is_back(self, now: Snapshot) -> bool:
        """Whether the miner has restarted since preflight, or shows another version."""
        return now.version != self.version_before or self.has_restarted(now)

    def has_restarted(self, now: Snapshot) -> bool:
        """Whether it came up after preflight had seen it."""
        return self.before is not None and now.has_restarted_since(self.before)

    def has_image(self, now: Snapshot) -> bool:
        """Whether the miner runs what it was to get."""
        return is_version(now.version, self.image.version)

    def _ask(self) -> Snapshot:
        """Under the lease once something was sent: a rebooting miner must not trip its breaker."""

        async def ask(session: MinerSession) -> Snapshot:
            return snapshot(await session.client.details(), await session.client.stats())

        limit = min(self.ctx.deadline, clock.monotonic() + LOOK_SECONDS)
        ctx = replace(self.ctx, deadline=limit)
        if not self.is_crossed:
            return sessions.call(self.device, ask, ctx)
        with self.hold() as lease:
            return sessions.call(self.device, ask, ctx, lease=lease)

    def _shut_out(self, failure: Failure) -> Failure:
        if not self.is_crossed:
            self.move(TargetState.FAILED, failure.detail)
            return Failure(failure.code, failure.detail, retryable=False)
        self.fall(TargetState.NEEDS_HUMAN, failure.detail)
        return NeedsHuman(failure.detail)


def within(seconds: float) -> dict[str, datetime]:
    """The deadline of the state that is being entered."""
    return {"deadline": clock.now() + timedelta(seconds=seconds)}
