"""How an upgrade ends, well or badly, and how the end is told again when its teller died."""

from typing import Final

from apps.fleet.models import TargetState
from apps.kernel.errors import Code, Failure, NeedsHuman
from apps.miners.firmware.attempt import Attempt
from apps.miners.firmware.health import Snapshot
from apps.miners.schemas.firmware import MinersFirmwareUpgradeOut
from apps.miners.seen import firmware_seen

#: What a bad end is to whoever asked, where the end is read from its row.
CODES: Final = {TargetState.FAILED: Code.DEVICE_REJECTED, TargetState.TIMED_OUT: Code.TIMEOUT}


def fail(attempt: Attempt, reason: str, now: Snapshot | None = None) -> Failure:
    """Write the bad end down; gives the failure for raising."""
    attempt.fall(TargetState.FAILED, reason, device_after=now.stored() if now else None)
    return Failure(Code.DEVICE_REJECTED, reason)


def time_out(attempt: Attempt) -> Failure:
    """It never came back: that is all that is known."""
    reason = "The miner did not come back in time; somebody has to look at it."
    attempt.fall(TargetState.TIMED_OUT, reason)
    return Failure(Code.TIMEOUT, reason, retryable=False)


def hand_over(attempt: Attempt, reason: str, now: Snapshot) -> NeedsHuman:
    """What a machine must not decide."""
    attempt.fall(TargetState.NEEDS_HUMAN, reason, device_after=now.stored())
    return NeedsHuman(reason)


def evidence(attempt: Attempt, now: Snapshot) -> MinersFirmwareUpgradeOut:
    """The answer, from what was read and not from what was sent."""
    before = attempt.before or now
    attempt.ctx.before = {"firmware": before.version, "terahash": before.terahash}
    attempt.ctx.after = {"firmware": now.version, "terahash": now.terahash}
    firmware_seen(attempt.device, now.version)
    return MinersFirmwareUpgradeOut(
        device=attempt.device.id,
        before=before.version,
        after=now.version,
        terahash_before=before.terahash,
        terahash_after=now.terahash,
        state=attempt.state,
    )


def conclude(attempt: Attempt) -> MinersFirmwareUpgradeOut:
    """The target is over and its job is not: a worker died between the two."""
    target = attempt.target
    if attempt.state in (TargetState.SUCCEEDED, TargetState.ALREADY_DONE):
        return evidence(attempt, Snapshot.restored(target.device_after or {}))
    if attempt.state is TargetState.NEEDS_HUMAN:
        raise NeedsHuman(target.detail)
    raise Failure(CODES.get(attempt.state, Code.CONFLICT), target.detail, retryable=False)
