"""The point of no return: the intent is committed under the lease, and only then bytes leave."""

from datetime import datetime
from typing import Final

from django.conf import settings

from apps.fleet import leases, sessions, stops
from apps.fleet.models import TargetState
from apps.kernel import clock
from apps.kernel.crashpoints import reached
from apps.kernel.errors import Code, Failure, conflict
from apps.miners.client.types import ImageMetadata
from apps.miners.driver import MinerSession
from apps.miners.firmware import bandwidth, store
from apps.miners.firmware.attempt import LOOK_AGAIN, Attempt, within
from apps.miners.firmware.endings import fail
from apps.operations.core import Again

#: Seconds until a miner that is busy with another system task is asked again.
BUSY_PAUSE: Final = 30.0
#: Where a step remembers until when a busy miner is waited for.
BUSY_UNTIL: Final = "busy_until"

#: Verdicts of the device, or of our own check of the bytes: this image will not get in.
FINAL: Final = frozenset({Code.DEVICE_REJECTED, Code.CONFLICT})


def stop_if_cancelled(attempt: Attempt) -> None:
    """Before the point of no return a wish to stop is granted at once."""
    if attempt.ctx.cancelled():
        raise stop(attempt, "Cancelled before anything was sent.")


def stop(attempt: Attempt, reason: str) -> Failure:
    """Give up with nothing sent, or nothing taken; gives the failure for raising."""
    attempt.move(TargetState.CANCELLED, reason)
    return conflict(reason)


def require_offered(attempt: Attempt) -> None:
    """Ends the attempt where the image was withdrawn, or is believed no more."""
    try:
        store.require_installable(attempt.image)
    except Failure as failure:
        raise stop(attempt, failure.detail) from failure


def send(attempt: Attempt) -> Again:
    """Send the image; from here on only the device knows how far it came."""
    stop_if_cancelled(attempt)
    require_offered(attempt)
    try:
        stops.require_none(attempt.device)
    except Failure as failure:
        raise stop(attempt, failure.detail) from failure
    if leases.held_until(attempt.device) is not None:
        # A worker that died holds on for the rest of its lease.
        return Again(LOOK_AGAIN, attempt.ctx.state or {})
    with bandwidth.place(attempt.device, attempt.image.size) as granted:
        if not granted:
            attempt.progress(1, "Waiting for its turn: the site's line is taken by other uploads.")
            return Again(LOOK_AGAIN, attempt.ctx.state or {})
        with attempt.hold() as lease:
            return cross(attempt, lease)


def cross(attempt: Attempt, lease: leases.Lease) -> Again:
    """The intent, committed under the lease, then the bytes, then what the device said."""
    attempt.move(
        TargetState.SENDING,
        f"Sending {attempt.image.version} ({attempt.image.size:,} bytes).",
        lease=lease,
        **within(settings.CONFIG.firmware_send_seconds),
    )
    attempt.progress(2, f"Sending {attempt.image.version}.")
    try:
        started = push(attempt, lease)
    except Failure as failure:
        return not_sent(attempt, failure)
    if not started:
        raise fail(attempt, "The miner did not begin to install the image.")
    reached("miners.firmware.pushed")
    attempt.move(
        TargetState.SENT,
        "The miner took the image and began to install it.",
        **within(settings.CONFIG.firmware_reboot_seconds),
    )
    return Again(LOOK_AGAIN, {})


def push(attempt: Attempt, lease: leases.Lease) -> bool:
    """Stream the image at its site's pace: the lease is checked between chunks, then the hash."""
    image, most = attempt.image, settings.CONFIG.firmware_send_seconds
    pace = bandwidth.Pace(attempt.device, image.size)

    async def still_held() -> None:
        await pace.turn()
        reached("miners.firmware.chunk")
        lease.require()

    async def act(session: MinerSession) -> bool:
        return await session.client.system_upgrade(
            ImageMetadata(size=image.size, sha256=image.sha256),
            store.chunks(image),
            before_chunk=still_held,
            timeout=min(most, attempt.ctx.remaining()),
        )

    return sessions.call(attempt.device, act, attempt.ctx, changing=True, lease=lease)


def not_sent(attempt: Attempt, failure: Failure) -> Again:
    """No yes came back: a no, not now, or nothing that could be relied on."""
    if failure.code in FINAL and not isinstance(failure, leases.LeaseLost):
        raise fail(attempt, failure.detail) from failure
    if failure.code is Code.BUSY:
        return wait_while_busy(attempt, failure)
    raise Failure(Code.INDETERMINATE, f"{failure.detail} The miner is asked.") from failure


def wait_while_busy(attempt: Attempt, failure: Failure) -> Again:
    """The miner refused at once, for another task of its own: perhaps our earlier image.

    Waiting costs no attempt, and is bounded by the time a restart may take.
    """
    limit = within(settings.CONFIG.firmware_reboot_seconds)
    until = busy_until(attempt) or limit["deadline"]
    if clock.now() >= until:
        raise fail(attempt, f"The miner stayed busy. {failure.detail}") from failure
    attempt.move(TargetState.RECONCILING, failure.detail, **limit)
    return Again(BUSY_PAUSE, {BUSY_UNTIL: until.isoformat()})


def busy_until(attempt: Attempt) -> datetime | None:
    """Until when the miner is waited for, while it is busy."""
    text = (attempt.ctx.state or {}).get(BUSY_UNTIL)
    return datetime.fromisoformat(text) if text else None
