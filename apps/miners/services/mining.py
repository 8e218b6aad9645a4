"""Pausing and resuming: whether a miner hashes."""

from uuid import UUID

from apps.fleet import sessions
from apps.kernel.errors import Code
from apps.miners.client.types import MinerStatus
from apps.miners.driver import MinerSession
from apps.miners.schemas.machines import (
    MinersMinerPauseIn,
    MinersMinerPauseOut,
    MinersMinerResumeIn,
)
from apps.miners.services.disturbing import disruption, disturb
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan


def miner_pause(ctx: Context, data: MinersMinerPauseIn) -> MinersMinerPauseOut:
    """Stop hashing; the machine stays on."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerPauseOut:
        before = await session.client.status()
        await session.client.pause()
        after = await session.client.status()
        return MinersMinerPauseOut(device=device.id, before=before.value, after=after.value)

    return disturb(device, act, ctx)


def pause_plan(ctx: Context, data: MinersMinerPauseIn) -> Plan:
    """What stops."""
    device = miner_of(ctx.actor, data.device)
    return disruption(device, what="mining", after="paused", risks=("The miner earns nothing.",))


def pause_settle(ctx: Context, data: MinersMinerPauseIn, intent: UUID) -> Outcome:
    """Whether the miner is paused."""
    return _settle_mining(ctx, data.device, MinerStatus.PAUSED)


def miner_resume(ctx: Context, data: MinersMinerResumeIn) -> MinersMinerPauseOut:
    """Hash again."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerPauseOut:
        before = await session.client.status()
        await session.client.resume()
        after = await session.client.status()
        return MinersMinerPauseOut(device=device.id, before=before.value, after=after.value)

    return sessions.call(device, act, ctx, changing=True)


def resume_settle(ctx: Context, data: MinersMinerResumeIn, intent: UUID) -> Outcome:
    """Whether the miner hashes."""
    return _settle_mining(ctx, data.device, MinerStatus.NORMAL)


def _settle_mining(ctx: Context, name: str, wanted: MinerStatus) -> Outcome:
    device = miner_of(ctx.actor, name)

    async def ask(session: MinerSession) -> MinerStatus:
        return await session.client.status()

    found = sessions.call(device, ask, ctx)
    if found is not wanted:
        return Outcome.not_done(
            Code.DEVICE_REJECTED, f"The miner is {found.value}; the command did not arrive."
        )
    return Outcome.done(MinersMinerPauseOut(device=device.id, before="unknown", after=found.value))
