"""Asking a miner how it is."""

from apps.fleet import sessions
from apps.miners.driver import MinerSession
from apps.miners.schemas.machines import MinersMinerStatusIn, MinersMinerStatusOut
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context


def miner_status(ctx: Context, data: MinersMinerStatusIn) -> MinersMinerStatusOut:
    """Ask the miner itself."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> MinersMinerStatusOut:
        client = session.client
        details, stats = await client.details(), await client.stats()
        tuner, faults = await client.tuning.state(), await client.errors()
        return MinersMinerStatusOut(
            device=device.id,
            name=device.name,
            status=details.status.value,
            firmware=details.version,
            model=details.model,
            uptime_s=details.uptime_s,
            terahash_5s=round(stats.terahash.last_5s, 2),
            terahash_15m=round(stats.terahash.last_15m, 2),
            watts=stats.watts,
            joule_per_terahash=round(stats.joule_per_terahash, 2),
            power_target_watts=tuner.target_watts,
            tuner=tuner.status.value,
            locating=await client.located(),
            errors=[fault.message for fault in faults],
        )

    return sessions.call(device, ask, ctx)
