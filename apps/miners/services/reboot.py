"""Restarting a miner, and finding out afterwards whether it did."""

from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.kernel import clock
from apps.kernel.errors import Code
from apps.kernel.ids import moment_of
from apps.miners.driver import MinerSession
from apps.miners.schemas.machines import MinersMinerRebootIn, MinersMinerRebootOut
from apps.miners.services.disturbing import disruption, disturb
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

#: Uptimes come in whole seconds: so much is the least that tells before from after (s).
WHOLE_SECOND: Final = 1.0


def miner_reboot(ctx: Context, data: MinersMinerRebootIn) -> MinersMinerRebootOut:
    """Restart the whole machine; what comes of it is seen by the poller."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> None:
        await session.client.reboot()

    disturb(device, act, ctx)
    return MinersMinerRebootOut(device=device.id, rebooting=True)


def reboot_plan(ctx: Context, data: MinersMinerRebootIn) -> Plan:
    """What goes away, and whether another job has the miner."""
    device = miner_of(ctx.actor, data.device)
    risks = ("The miner is away for some minutes and earns nothing meanwhile.",)
    return disruption(device, what="machine", after="restarted", risks=risks)


def reboot_settle(ctx: Context, data: MinersMinerRebootIn, intent: UUID) -> Outcome | None:
    """A reboot since the intent shows in the uptime; no answer yet means ask later."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> int:
        return (await session.client.details()).uptime_s

    uptime = sessions.call(device, ask, ctx)
    if uptime <= seconds_since(intent) - WHOLE_SECOND:
        return Outcome.done(MinersMinerRebootOut(device=device.id, rebooting=False))
    return Outcome.not_done(Code.DEVICE_REJECTED, "The miner did not restart; call again.")


def seconds_since(intent: UUID) -> float:
    """Age of an intent in seconds: its id carries the time."""
    return (clock.now() - moment_of(intent)).total_seconds()
