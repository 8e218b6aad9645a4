"""What cannot be taken back: forgetting all settings, and leaving for the maker's firmware."""

from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.errors import Code, Failure
from apps.miners.driver import MinerSession
from apps.miners.schemas.setup import (
    MinersMinerResetIn,
    MinersMinerResetOut,
    MinersStockRestoreIn,
)
from apps.miners.services.disturbing import disruption, disturb
from apps.miners.services.lookup import miner_of
from apps.miners.services.reboot import WHOLE_SECOND, seconds_since
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

RESET_ADVICE: Final = (
    "It comes back by DHCP with the maker's password and pools: set its credential, then its pools."
)
STOCK_ADVICE: Final = (
    "It leaves Braiins OS and cannot be reached here any more; decommission it or flash it anew."
)


def miner_reset(ctx: Context, data: MinersMinerResetIn) -> MinersMinerResetOut:
    """Let the miner forget every setting."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> None:
        await session.client.upkeep.factory_reset()

    disturb(device, act, ctx)
    return MinersMinerResetOut(device=device.id, begun=True, advice=RESET_ADVICE)


def reset_plan(ctx: Context, data: MinersMinerResetIn) -> Plan:
    """What is lost."""
    device = miner_of(ctx.actor, data.device)
    risks = (
        "Pools, targets, cooling, network and password are lost, and cannot be brought back.",
        RESET_ADVICE,
    )
    return disruption(device, what="settings", after="as they left the factory", risks=risks)


def reset_settle(ctx: Context, data: MinersMinerResetIn, intent: UUID) -> Outcome | None:
    """A reset shows in the uptime, or in a password that is not ours any more."""
    device = miner_of(ctx.actor, data.device)
    out = MinersMinerResetOut(device=device.id, begun=True, advice=RESET_ADVICE)
    try:
        uptime = _uptime(ctx, device)
    except Failure as failure:
        if failure.code is not Code.DEVICE_REJECTED:
            raise
        return Outcome.done(out)
    if uptime <= seconds_since(intent) - WHOLE_SECOND:
        return Outcome.done(out)
    return Outcome.not_done(Code.DEVICE_REJECTED, "The miner did not restart; call again.")


def stock_restore(ctx: Context, data: MinersStockRestoreIn) -> MinersMinerResetOut:
    """Let the miner go back to its maker's firmware."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> bool:
        return await session.client.upkeep.restore_stock()

    if not disturb(device, act, ctx):
        words = f"{device.name} did not begin; it says no more. Read its log, then call again."
        raise Failure(Code.DEVICE_REJECTED, words)
    return MinersMinerResetOut(device=device.id, begun=True, advice=STOCK_ADVICE)


def stock_plan(ctx: Context, data: MinersStockRestoreIn) -> Plan:
    """What is lost."""
    device = miner_of(ctx.actor, data.device)
    risks = ("Braiins OS and all its settings are lost.", STOCK_ADVICE)
    return disruption(device, what="firmware", after="the maker's", risks=risks)


def stock_settle(ctx: Context, data: MinersStockRestoreIn, intent: UUID) -> Outcome | None:
    """A miner that still answers without a restart since then did not begin.

    One that is silent may be on its way: it is asked again, until that tells nothing.
    """
    device = miner_of(ctx.actor, data.device)
    if _uptime(ctx, device) > seconds_since(intent) - WHOLE_SECOND:
        return Outcome.not_done(Code.DEVICE_REJECTED, "The miner runs on; it did not begin.")
    return None


def _uptime(ctx: Context, device: Device) -> int:
    async def ask(session: MinerSession) -> int:
        return (await session.client.details()).uptime_s

    return sessions.call(device, ask, ctx)
