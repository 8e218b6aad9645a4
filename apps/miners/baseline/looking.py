"""Writing and reading a miner's target during a baseline, and what it gives."""

from dataclasses import dataclass

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.miners.changing.aspects import TARGET
from apps.miners.client.setup import Target
from apps.miners.client.types import MinerStatus
from apps.miners.driver import MinerSession
from apps.operations.context import Context


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a miner: W, TH/s over the last minute, °C."""

    status: MinerStatus
    target: Target
    watts: float
    terahash: float
    hottest_c: float | None


def look(ctx: Context, device: Device) -> Seen:
    """What the miner does and gives now."""

    async def ask(session: MinerSession) -> Seen:
        client = session.client
        details, stats = await client.details(), await client.stats()
        return Seen(
            status=details.status,
            target=await TARGET.read(client),
            watts=stats.watts,
            terahash=stats.terahash.last_1m,
            hottest_c=(await client.cooling.state()).highest_c,
        )

    return sessions.call(device, ask, ctx)


def write(ctx: Context, device: Device, target: Target) -> Target:
    """Have the miner work towards a target; what it says it works towards then."""

    async def act(session: MinerSession) -> Target:
        await TARGET.write(session.client, target)
        return await TARGET.read(session.client)

    return sessions.call(device, act, ctx, changing=True)
