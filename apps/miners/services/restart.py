"""Starting the mining program anew, without the machine."""

from uuid import UUID

from apps.fleet import sessions
from apps.kernel.errors import Code
from apps.miners.driver import MinerSession
from apps.miners.schemas.machines import MinersMinerRestartIn, MinersMinerRestartOut
from apps.miners.services.disturbing import disruption, disturb
from apps.miners.services.lookup import miner_of
from apps.miners.services.reboot import WHOLE_SECOND, seconds_since
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan


def miner_restart(ctx: Context, data: MinersMinerRestartIn) -> MinersMinerRestartOut:
    """Start the mining program anew."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerRestartOut:
        ran = await session.client.restart()
        details = await session.client.details()
        return MinersMinerRestartOut(
            device=device.id, was_running=ran, daemon_uptime_s=details.daemon_uptime_s
        )

    return disturb(device, act, ctx)


def restart_plan(ctx: Context, data: MinersMinerRestartIn) -> Plan:
    """What stops for a moment, and whether another job has the miner."""
    device = miner_of(ctx.actor, data.device)
    risks = ("The miner earns nothing until its program runs and has tuned again.",)
    return disruption(device, what="mining program", after="restarted", risks=risks)


def restart_settle(ctx: Context, data: MinersMinerRestartIn, intent: UUID) -> Outcome:
    """A restart since the intent shows in how long the program runs."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> int:
        return (await session.client.details()).daemon_uptime_s

    runs = sessions.call(device, ask, ctx)
    if 0 < runs <= seconds_since(intent) - WHOLE_SECOND:
        out = MinersMinerRestartOut(device=device.id, was_running=True, daemon_uptime_s=runs)
        return Outcome.done(out)
    return Outcome.not_done(Code.DEVICE_REJECTED, "The program did not restart; call again.")
