"""Before the point of no return: is this miner fit for this image, and is it needed at all?"""

from typing import Final

from django.conf import settings

from apps.fleet.models import TargetState
from apps.kernel.errors import Code, Failure, conflict
from apps.miners.firmware import store
from apps.miners.firmware.attempt import LOOK_AGAIN, Attempt, within
from apps.miners.firmware.endings import evidence
from apps.miners.firmware.fitness import Facts, unfit
from apps.miners.firmware.health import Snapshot
from apps.miners.firmware.sending import require_offered, send, stop_if_cancelled
from apps.miners.schemas.firmware import MinersFirmwareUpgradeOut
from apps.operations.core import Again

#: Where a step remembers how often the miner was looked for in vain.
LOOKS: Final = "looks"
LONGEST_PAUSE: Final = 30.0


def begin(attempt: Attempt) -> MinersFirmwareUpgradeOut | Again:
    """Nothing has been looked at yet."""
    stop_if_cancelled(attempt)
    attempt.move(
        TargetState.PREFLIGHT,
        f"Checking {attempt.device.name}.",
        **within(settings.CONFIG.firmware_preflight_seconds),
    )
    return check(attempt)


def check(attempt: Attempt) -> MinersFirmwareUpgradeOut | Again:
    """Ask the miner who it is and what it runs; then send, or say why not."""
    stop_if_cancelled(attempt)
    attempt.progress(1, f"Checking {attempt.device.name}.")
    now = attempt.look()
    if now is None:
        return wait(attempt)
    if attempt.has_image(now):
        words = f"It runs {now.version} already."
        attempt.move(TargetState.ALREADY_DONE, words, device_after=now.stored())
        return evidence(attempt, now)
    refuse_unfit(attempt, now)
    attempt.move(
        TargetState.READY, f"It runs {now.version} and is fit.", device_before=now.stored()
    )
    return send(attempt)


def refuse_unfit(attempt: Attempt, now: Snapshot) -> None:
    """Raises when this is another machine, or the image is not for it, withdrawn or damaged."""
    if attempt.device.serial and now.serial and attempt.device.serial != now.serial:
        reason = f"Another miner answers there: its serial number is {now.serial}."
        raise refuse(attempt, TargetState.FAILED, reason)
    require_offered(attempt)
    facts = Facts(now.model, now.platform, now.version)
    if reason := unfit(attempt.image, facts, older=attempt.older):
        raise refuse(attempt, TargetState.NOT_APPLICABLE, reason)
    if not store.is_intact(attempt.image):
        reason = "The stored image is damaged; nothing was sent. Upload it again."
        raise refuse(attempt, TargetState.REJECTED, reason)


def refuse(attempt: Attempt, to: TargetState, reason: str) -> Failure:
    """End before anything was sent; gives the failure for raising."""
    attempt.move(to, reason)
    return conflict(reason)


def wait(attempt: Attempt) -> Again:
    """Look again, ever later, until the check has taken too long; nothing was sent.

    So few looks do not open the miner's breaker, which would keep it shut for longer.
    """
    if not attempt.is_overdue():
        looks = int((attempt.ctx.state or {}).get(LOOKS, 0))
        return Again(min(LONGEST_PAUSE, LOOK_AGAIN * 2.0**looks), {LOOKS: looks + 1})
    reason = "The miner did not answer the first check; nothing was sent."
    attempt.move(TargetState.FAILED, reason)
    raise Failure(Code.UNREACHABLE, reason, retryable=False)
