"""One try at upgrading one miner: its rows, what is known of it, and its moves."""

from dataclasses import dataclass
from typing import Any, Final, Self

from apps.fleet import sessions, targets
from apps.fleet.models import Device, Target, TargetState
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.miners.driver import MinerSession
from apps.miners.firmware import store
from apps.miners.firmware.health import Snapshot, snapshot
from apps.miners.models import FirmwareImage
from apps.miners.schemas import MinersFirmwareUpgradeIn
from apps.miners.services import miner_of
from apps.operations.context import Context

#: Seconds between two looks at a device that is away or not yet well.
LOOK_AGAIN: Final = 2.0
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

    @classmethod
    def of(cls, ctx: Context, data: MinersFirmwareUpgradeIn) -> Self:
        """The rows of this job; the first step makes the target, which holds the device."""
        device = miner_of(ctx.actor, data.device)
        image = store.image_get(ctx.actor, data.image)
        return cls(ctx, device, image, _target(ctx, device))

    @property
    def state(self) -> TargetState:
        """Where the target stands."""
        return TargetState(self.target.state)

    @property
    def version_before(self) -> str:
        """The version that preflight saw."""
        return str((self.target.device_before or {}).get("version", ""))

    def move(self, to: TargetState, sentence: str, **fields: Any) -> None:
        """Move the target and tell what it means; raises when another worker moved it."""
        self.target = targets.move(self.target, to, ctx=self.ctx, detail=sentence, **fields)
        self.ctx.line(sentence)

    def fall(self, to: TargetState, reason: str, **fields: Any) -> None:
        """Leave the good path: by way of `reconciling`, as every such end does."""
        if self.state is not TargetState.RECONCILING:
            self.target = targets.move(
                self.target, TargetState.RECONCILING, ctx=self.ctx, detail=reason
            )
        self.move(to, reason, **fields)

    def progress(self, stage: int, sentence: str) -> None:
        """How far the upgrade is, of STAGES."""
        self.ctx.progress(stage, STAGES, sentence)

    def look(self) -> Snapshot | None:
        """What the miner says now; nothing while it is away."""

        async def ask(session: MinerSession) -> Snapshot:
            return snapshot(await session.client.details(), await session.client.stats())

        try:
            return sessions.call(self.device, ask, self.ctx)
        except Failure as failure:
            if failure.code in AWAY:
                return None
            raise

    def is_overdue(self) -> bool:
        """Whether the present state has lasted longer than it may."""
        return self.target.deadline is not None and clock.now() >= self.target.deadline

    def is_back(self, now: Snapshot) -> bool:
        """Whether the miner has restarted since the intent, or shows another version."""
        return now.version != self.version_before or self.has_restarted(now)

    def has_restarted(self, now: Snapshot) -> bool:
        """Whether it came up after the intent was recorded."""
        intent = self.target.intent_at
        return intent is not None and now.uptime_s < (clock.now() - intent).total_seconds()


def _target(ctx: Context, device: Device) -> Target:
    return targets.of_job(ctx.job_id) or targets.target_create(ctx, device)
