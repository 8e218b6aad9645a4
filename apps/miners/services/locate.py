"""The locate light: switched, read back, and settled when the answer was lost."""

from uuid import UUID

from apps.fleet import sessions
from apps.kernel.errors import Code
from apps.miners.driver import MinerSession
from apps.miners.schemas.machines import MinersMinerLocateIn, MinersMinerLocateOut
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome


def miner_locate(ctx: Context, data: MinersMinerLocateIn) -> MinersMinerLocateOut:
    """Blink the light, or stop it, and say how it was."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerLocateOut:
        before = await session.client.located()
        after = await session.client.locate(data.on)
        return MinersMinerLocateOut(device=device.id, before=before, after=after)

    return sessions.call(device, act, ctx, changing=True)


def locate_settle(ctx: Context, data: MinersMinerLocateIn, intent: UUID) -> Outcome:
    """Whether the light is as it was asked to be."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> bool:
        return await session.client.located()

    lit = sessions.call(device, ask, ctx)
    if lit is not data.on:
        return Outcome.not_done(Code.DEVICE_REJECTED, "The light did not change; call again.")
    return Outcome.done(MinersMinerLocateOut(device=device.id, before=not lit, after=lit))
