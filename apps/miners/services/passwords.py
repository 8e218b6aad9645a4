"""A miner's password, changed to one that this plane alone knows: proven, then kept."""

import secrets
import string
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from apps.fleet import leases, sessions
from apps.fleet.leases import Lease
from apps.fleet.models import Device
from apps.fleet.services.passwords import password_change, password_decide, password_offer
from apps.kernel.errors import Code, Failure
from apps.miners.client.errors import Unreachable
from apps.miners.driver import MinerSession
from apps.miners.schemas.passwords import MinersPasswordRotateIn, MinersPasswordRotateOut
from apps.miners.services.disturbing import disruption, held
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

#: Letters and digits alone, since nobody says what else every firmware takes: 190 bits.
ALPHABET: Final = string.ascii_letters + string.digits
LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which of two passwords a miner lets in."""

    new: bool
    old: bool


Act = Callable[[MinerSession], Coroutine[Any, Any, Accepted]]


def password_rotate(ctx: Context, data: MinersPasswordRotateIn) -> MinersPasswordRotateOut:
    """Give the miner a new password, prove it by a log-in, and keep it."""
    device = miner_of(ctx.actor, data.device)
    with held(device, ctx) as lease:
        _end_former(ctx, device, lease)
        old, new = password_change(device).password, made()
        password_offer(device, new, call_id=ctx.call.id)
        try:
            accepted = sessions.call(device, _setting(old, new), ctx, changing=True, lease=lease)
        except Failure as failure:
            if failure.code is not Code.INDETERMINATE:
                password_decide(device, taken=False)
            raise
        _decide(device, accepted)
    if not accepted.new:
        words = f"{device.name} said yes and has its old password still; read its log."
        raise Failure(Code.DEVICE_REJECTED, words)
    return MinersPasswordRotateOut(device=device.id, proven=True)


def _end_former(ctx: Context, device: Device, lease: Lease) -> None:
    """Find out what came of a change whose end was never seen."""
    change = password_change(device)
    if change.offered:
        asking = _asking(change.password, change.offered)
        _decide(device, sessions.call(device, asking, ctx, lease=lease))


def _decide(device: Device, accepted: Accepted) -> None:
    """Keep the password that the miner takes; raises where it takes neither."""
    if not (accepted.new or accepted.old):
        words = f"{device.name} takes neither its old password nor its new one; both are kept."
        raise Failure(Code.DEVICE_REJECTED, f"{words} Set its own with fleet.credential.set.")
    password_decide(device, taken=accepted.new)


def made() -> str:
    """A new password."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def rotate_plan(ctx: Context, data: MinersPasswordRotateIn) -> Plan:
    """What changes, and who is shut out."""
    device = miner_of(ctx.actor, data.device)
    password_change(device)
    risks = (
        "Whoever else logs in to this miner with its password is shut out.",
        "Nobody is shown the new one; a factory reset brings the maker's back.",
    )
    return disruption(device, what="password", after="known to this plane alone", risks=risks)


def rotate_settle(ctx: Context, data: MinersPasswordRotateIn, intent: UUID) -> Outcome | None:
    """The miner says which of the two it takes; one that takes neither is asked again later."""
    device = miner_of(ctx.actor, data.device)
    with leases.hold(device, owner=f"settling {ctx.call.id}") as lease:
        _end_former(ctx, device, lease)
    if password_change(device).changed_by == str(ctx.call.id):
        return Outcome.done(MinersPasswordRotateOut(device=device.id, proven=True))
    words = f"{device.name} has its old password; call again."
    return Outcome.not_done(Code.DEVICE_REJECTED, words)


def _setting(old: str, new: str) -> Act:
    """Tells the miner the new password, and asks which one it takes then."""
    asking = _asking(old, new)

    async def act(session: MinerSession) -> Accepted:
        await session.client.upkeep.set_password(new)
        try:
            return await asking(session)
        except Unreachable as error:
            # The miner was told; what it made of that is not known.
            raise Unreachable(str(error), sent=True, timed_out=error.timed_out) from error

    return act


def _asking(old: str, new: str) -> Act:
    """Asks a miner which of two passwords it takes."""

    async def ask(session: MinerSession) -> Accepted:
        upkeep = session.client.upkeep
        taken = await upkeep.accepts(new)
        return Accepted(new=taken, old=not taken and await upkeep.accepts(old))

    return ask
