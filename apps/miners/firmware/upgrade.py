"""The stepped upgrade of one miner: the point of no return is recorded before it is crossed.

The states and their moves are fleet's. A step does one thing and returns; waiting for a reboot
is a row with a time to wake. From `sending` on nothing is called failed before the device was
asked: every bad end goes through `reconciling`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from apps.fleet import leases, sessions
from apps.fleet.models import Device, TargetState
from apps.kernel import clock
from apps.kernel.errors import Code, Failure, NeedsHuman, conflict
from apps.miners.client.types import ImageMetadata
from apps.miners.driver import MinerSession
from apps.miners.firmware import store
from apps.miners.firmware.attempt import LOOK_AGAIN, STAGES, Attempt
from apps.miners.firmware.health import Snapshot, is_healthy
from apps.miners.schemas import MinersFirmwareUpgradeIn, MinersFirmwareUpgradeOut
from apps.operations.context import Context
from apps.operations.core import Again

Result = MinersFirmwareUpgradeOut | Again


def step(ctx: Context, data: MinersFirmwareUpgradeIn) -> Result:
    """Take the upgrade one state further."""
    attempt = Attempt.of(ctx, data)
    if ctx.reconciling and attempt.state in CROSSED:
        attempt.move(
            TargetState.RECONCILING,
            "It is unclear how far the miner came; it is asked first.",
            **within(settings.CONFIG.firmware_reboot_seconds),
        )
    return STEPS[attempt.state](attempt)


# -- before the point of no return


def begin(attempt: Attempt) -> Result:
    """Nothing has been looked at yet."""
    stop_if_cancelled(attempt)
    attempt.move(
        TargetState.PREFLIGHT,
        f"Checking {attempt.device.name}.",
        **within(settings.CONFIG.firmware_preflight_seconds),
    )
    return check(attempt)


def check(attempt: Attempt) -> Result:
    """Is this miner fit for this image, is the image whole, and is it needed at all?"""
    stop_if_cancelled(attempt)
    attempt.progress(1, f"Checking {attempt.device.name}.")
    now = attempt.look()
    if now is None:
        return wait_or(attempt, give_up_before)
    if now.version == attempt.image.version:
        words = f"It runs {now.version} already."
        attempt.move(TargetState.ALREADY_DONE, words, device_after=now.stored())
        return evidence(attempt, now)
    refuse_unfit(attempt, now)
    attempt.move(
        TargetState.READY, f"It runs {now.version} and is fit.", device_before=now.stored()
    )
    return send(attempt)


def refuse_unfit(attempt: Attempt, now: Snapshot) -> None:
    """Raises when the image is not for this miner, or is damaged."""
    wanted = attempt.image.device_models
    if now.model not in wanted:
        reason = f"The image is for {', '.join(wanted)}, not for {now.model}."
        attempt.move(TargetState.NOT_APPLICABLE, reason)
        raise conflict(reason)
    if not store.is_intact(attempt.image):
        reason = "The stored image is damaged; nothing was sent. Upload it again."
        attempt.move(TargetState.REJECTED, reason)
        raise conflict(reason)


def give_up_before(attempt: Attempt) -> Result:
    """Preflight took too long; nothing was sent."""
    reason = "The miner did not answer the first check; nothing was sent."
    attempt.move(TargetState.FAILED, reason)
    raise Failure(Code.UNREACHABLE, reason, retryable=False)


def stop_if_cancelled(attempt: Attempt) -> None:
    """Before the point of no return a wish to stop is granted at once."""
    if attempt.ctx.cancelled():
        attempt.move(TargetState.CANCELLED, "Cancelled before anything was sent.")
        raise conflict("Cancelled before anything was sent.")


# -- the point of no return


def send(attempt: Attempt) -> Result:
    """Commit the intent under the lease, then send; from here on only the device knows."""
    stop_if_cancelled(attempt)
    store.require_installable(attempt.image)
    if leases.held_until(attempt.device) is not None:
        # A worker that died holds on for the rest of its lease.
        return Again(LOOK_AGAIN, {})
    owner = str(attempt.ctx.job_id)
    with leases.hold(attempt.device, owner=owner, seconds=lease_seconds()) as lease:
        cross(attempt, lease)
    attempt.move(
        TargetState.SENT,
        "The miner took the image and began to install it.",
        **within(settings.CONFIG.firmware_reboot_seconds),
    )
    return Again(LOOK_AGAIN, {})


def cross(attempt: Attempt, lease: leases.Lease) -> None:
    """The intent, committed under the lease, and then the bytes."""
    attempt.move(
        TargetState.SENDING,
        f"Sending {attempt.image.version} ({attempt.image.size:,} bytes).",
        lease=lease,
        **within(settings.CONFIG.firmware_send_seconds),
    )
    attempt.progress(2, f"Sending {attempt.image.version}.")
    push(attempt, lease)


def push(attempt: Attempt, lease: leases.Lease) -> None:
    """Stream the image: the lease is checked between chunks, the hash before the last one."""

    async def still_held() -> None:
        lease.require()

    async def act(session: MinerSession) -> bool:
        return await session.client.system_upgrade(
            ImageMetadata(size=attempt.image.size, sha256=attempt.image.sha256),
            store.chunks(attempt.image),
            before_chunk=still_held,
            timeout=attempt.ctx.remaining(),
        )

    try:
        started = sessions.call(attempt.device, act, attempt.ctx, changing=True, lease=lease)
    except Failure as failure:
        if failure.code is Code.DEVICE_REJECTED:
            raise fail(attempt, failure.detail) from failure
        raise Failure(Code.INDETERMINATE, f"{failure.detail} The miner is asked.") from failure
    if not started:
        raise fail(attempt, "The miner did not begin to install the image.")


def lease_seconds() -> float:
    """How long a hold lasts without renewal."""
    return float(settings.CONFIG.device_lease_seconds)


# -- after it


def watch_reboot(attempt: Attempt) -> Result:
    """Wait until the miner is back with another version."""
    attempt.progress(3, f"{attempt.device.name} installs and restarts.")
    if attempt.state is TargetState.SENT:
        attempt.move(TargetState.REBOOTING, "Waiting for the miner to come back.")
    now = attempt.look()
    if now is None or not attempt.is_back(now):
        return wait_or(attempt, time_out)
    return judge(attempt, now)


def judge(attempt: Attempt, now: Snapshot) -> Result:
    """The miner is back: with the image's version, the old one, or something else."""
    if now.version == attempt.image.version:
        attempt.move(
            TargetState.VERIFYING,
            f"It is back with {now.version}; waiting for a healthy hash rate.",
            **within(settings.CONFIG.firmware_verify_seconds),
        )
        return Again(LOOK_AGAIN, {})
    if now.version == attempt.version_before:
        raise fail(attempt, f"The miner restarted and still runs {now.version}.", now)
    reason = f"The miner runs {now.version}, which is neither the old nor the new version."
    attempt.fall(TargetState.NEEDS_HUMAN, reason, device_after=now.stored())
    raise NeedsHuman(reason)


def verify(attempt: Attempt) -> Result:
    """Positive evidence: the version read back, and a healthy hash rate."""
    attempt.progress(4, "Waiting for a healthy hash rate.")
    now = attempt.look()
    if now is None or not is_healthy(now, attempt.target.device_before):
        return wait_or(attempt, unhealthy)
    seconds = settings.CONFIG.firmware_soak_seconds
    words = f"Healthy at {now.terahash:.1f} TH/s; soaking for {seconds} s."
    attempt.move(TargetState.COMMITTED, words, **within(seconds))
    return Again(seconds, {})


def soak(attempt: Attempt) -> Result:
    """Still well after a while: only then it is a success."""
    attempt.progress(5, "Soaking: the miner has to stay healthy.")
    now = attempt.look()
    if now is None or not is_healthy(now, attempt.target.device_before):
        attempt.fall(
            TargetState.VERIFYING,
            "It lost its health while soaking.",
            **within(settings.CONFIG.firmware_verify_seconds),
        )
        return Again(LOOK_AGAIN, {})
    if not attempt.is_overdue():
        return Again(LOOK_AGAIN, {})
    words = f"Runs {now.version} and is healthy."
    attempt.move(TargetState.SUCCEEDED, words, device_after=now.stored())
    attempt.progress(STAGES, f"{attempt.device.name} runs {now.version}.")
    return evidence(attempt, now)


def reconcile(attempt: Attempt) -> Result:
    """It is unclear how far the device came: ask it, and believe only what it says."""
    now = attempt.look()
    if now is None:
        return wait_or(attempt, time_out)
    if now.version == attempt.version_before and not attempt.has_restarted(now):
        return try_again(attempt)
    return judge(attempt, now)


def try_again(attempt: Attempt) -> Result:
    """The one safe retry: the old version, up since before the intent."""
    if attempt.target.attempt >= settings.CONFIG.firmware_attempts:
        raise fail(attempt, f"The image did not take in {attempt.target.attempt} attempts.")
    attempt.move(
        TargetState.READY,
        "The image did not take and the miner never restarted; it is sent again.",
        attempt=attempt.target.attempt + 1,
    )
    return Again(LOOK_AGAIN, {})


def wait_or(attempt: Attempt, end: Callable[[Attempt], Result]) -> Result:
    """Look again later, or end when the state has lasted too long."""
    return end(attempt) if attempt.is_overdue() else Again(LOOK_AGAIN, {})


def time_out(attempt: Attempt) -> Result:
    """It never came back: that is all that is known."""
    reason = "The miner did not come back in time; somebody has to look at it."
    attempt.fall(TargetState.TIMED_OUT, reason)
    raise Failure(Code.TIMEOUT, reason, retryable=False)


def unhealthy(attempt: Attempt) -> Result:
    """It has the version and does not hash as before."""
    raise fail(attempt, "The miner has the new version and did not become healthy in time.")


def fail(attempt: Attempt, reason: str, now: Snapshot | None = None) -> Failure:
    """Write the bad end down; gives the failure for raising."""
    attempt.fall(TargetState.FAILED, reason, device_after=now.stored() if now else None)
    return Failure(Code.DEVICE_REJECTED, reason)


def within(seconds: float) -> dict[str, datetime]:
    """The deadline of the state that is being entered."""
    return {"deadline": clock.now() + timedelta(seconds=seconds)}


def evidence(attempt: Attempt, now: Snapshot) -> MinersFirmwareUpgradeOut:
    """The answer, from what was read and not from what was sent."""
    before = attempt.target.device_before or now.stored()
    attempt.ctx.before = {"firmware": before["version"], "terahash": before["terahash"]}
    attempt.ctx.after = {"firmware": now.version, "terahash": now.terahash}
    Device.system.filter(id=attempt.device.id).update(firmware=now.version)
    return MinersFirmwareUpgradeOut(
        device=attempt.device.id,
        before=before["version"],
        after=now.version,
        terahash_before=before["terahash"],
        terahash_after=now.terahash,
        state=attempt.state,
    )


STEPS: Final[dict[TargetState, Callable[[Attempt], Result]]] = {
    TargetState.QUEUED: begin,
    TargetState.PREFLIGHT: check,
    TargetState.READY: send,
    TargetState.SENT: watch_reboot,
    TargetState.REBOOTING: watch_reboot,
    TargetState.VERIFYING: verify,
    TargetState.COMMITTED: soak,
    TargetState.RECONCILING: reconcile,
}
#: States in which a lost worker leaves it open how far the device came.
CROSSED: Final = frozenset(
    {
        TargetState.SENDING,
        TargetState.SENT,
        TargetState.REBOOTING,
        TargetState.VERIFYING,
        TargetState.COMMITTED,
    }
)
