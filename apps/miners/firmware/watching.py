"""After the point of no return: the miner is watched and asked, and only it is believed."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from apps.fleet.models import TargetState
from apps.kernel import clock
from apps.miners.firmware.attempt import LOOK_AGAIN, STAGES, Attempt, within
from apps.miners.firmware.endings import evidence, fail, hand_over, time_out
from apps.miners.firmware.health import Snapshot, is_healthy
from apps.miners.firmware.sending import busy_until
from apps.miners.schemas.firmware import MinersFirmwareUpgradeOut
from apps.operations.core import Again

#: Longest pause between two looks at a soaking miner (seconds).
SOAK_LOOK: Final = 15.0


def watch_reboot(attempt: Attempt) -> Again:
    """Wait until the miner is back, restarted or with another version."""
    attempt.progress(3, f"{attempt.device.name} installs and restarts.")
    if attempt.state is TargetState.SENT:
        attempt.move(TargetState.REBOOTING, "Waiting for the miner to come back.")
    now = attempt.look()
    if now is not None and attempt.is_back(now):
        return judge(attempt, now)
    if not attempt.is_overdue():
        return Again(LOOK_AGAIN, {})
    return doubt(attempt, "The miner did not come back in time; it is asked what is true.")


def doubt(attempt: Attempt, why: str) -> Again:
    """It is unclear how far the miner came: the next step asks it."""
    attempt.move(TargetState.RECONCILING, why, **within(settings.CONFIG.firmware_reboot_seconds))
    return Again(LOOK_AGAIN, {})


def reconcile(attempt: Attempt) -> Again:
    """Ask the device, and believe only what it says."""
    attempt.progress(3, f"Asking {attempt.device.name} how far it came.")
    now = attempt.look()
    if now is None:
        if attempt.is_overdue():
            raise time_out(attempt)
        return Again(LOOK_AGAIN, attempt.ctx.state or {})
    if now.version == attempt.version_before and not attempt.has_restarted(now):
        return try_again(attempt)
    return judge(attempt, now)


def try_again(attempt: Attempt) -> Again:
    """The one safe retry: the old version, up since before the intent."""
    tries, waited = attempt.target.attempt, busy_until(attempt) is not None
    if not waited and tries >= settings.CONFIG.firmware_attempts:
        raise fail(attempt, f"The image did not take in {tries} attempts.")
    attempt.move(
        TargetState.READY,
        "The image did not take and the miner never restarted; it is sent again.",
        attempt=tries if waited else tries + 1,
    )
    return Again(LOOK_AGAIN, attempt.ctx.state or {})


def judge(attempt: Attempt, now: Snapshot) -> Again:
    """The miner is back: with the image's version, the old one, or something else."""
    if attempt.has_image(now):
        attempt.move(
            TargetState.VERIFYING,
            f"It is back with {now.version}; waiting for a healthy hash rate.",
            **within(settings.CONFIG.firmware_verify_seconds),
        )
        return Again(LOOK_AGAIN, {})
    if now.version == attempt.version_before:
        raise fail(attempt, f"The miner restarted and still runs {now.version}.", now)
    reason = f"The miner runs {now.version}, which is neither the old nor the new version."
    raise hand_over(attempt, reason, now)


def verify(attempt: Attempt) -> Again:
    """Positive evidence: the version read back, and a healthy hash rate."""
    attempt.progress(4, "Waiting for a healthy hash rate.")
    now = attempt.look()
    if now is not None and not attempt.has_image(now):
        return doubt(attempt, f"The miner runs {now.version} now.")
    if now is not None and is_healthy(now, attempt.before):
        seconds = settings.CONFIG.firmware_soak_seconds
        words = f"Healthy at {now.terahash:.1f} TH/s; soaking for {seconds} s."
        attempt.move(TargetState.COMMITTED, words, **within(seconds))
        return Again(min(seconds, SOAK_LOOK), {})
    if not attempt.is_overdue():
        return Again(LOOK_AGAIN, {})
    if now is None:
        return doubt(attempt, "The miner went away again; it is asked what is true.")
    reason = "The miner has the new version and did not become healthy in time."
    raise fail(attempt, reason, now)


def soak(attempt: Attempt) -> MinersFirmwareUpgradeOut | Again:
    """Still well after a while: only then it is a success."""
    attempt.progress(5, "Soaking: the miner has to stay healthy.")
    now = attempt.look()
    if now is None or not attempt.has_image(now) or not is_healthy(now, attempt.before):
        return waver(attempt, now)
    if not attempt.is_overdue():
        return Again(min(SOAK_LOOK, left(attempt)), {})
    words = f"Runs {now.version} and is healthy."
    attempt.move(TargetState.SUCCEEDED, words, device_after=now.stored())
    attempt.progress(STAGES, f"{attempt.device.name} runs {now.version}.")
    return evidence(attempt, now)


def waver(attempt: Attempt, now: Snapshot | None) -> Again:
    """It lost its health while soaking: it may find it again, within bounds."""
    until, reason = last_chance(attempt), "It lost its health while soaking."
    if clock.now() >= until:
        raise fail(attempt, f"{reason} It has wavered for too long.", now)
    attempt.fall(TargetState.VERIFYING, reason, deadline=until)
    return Again(LOOK_AGAIN, {})


def last_chance(attempt: Attempt) -> datetime:
    """Until when a miner that wavers may become healthy: the same however often it wavers."""
    config, intent = settings.CONFIG, attempt.target.intent_at or clock.now()
    seconds = (
        config.firmware_send_seconds
        + config.firmware_reboot_seconds
        + 2 * config.firmware_verify_seconds
        + config.firmware_soak_seconds
    )
    return intent + timedelta(seconds=seconds)


def left(attempt: Attempt) -> float:
    """Seconds until the present state's deadline."""
    if attempt.target.deadline is None:
        return 0.0
    return max(0.0, (attempt.target.deadline - clock.now()).total_seconds())
