"""The power target: within the miner's own range, and read back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, invalid
from apps.miners.client.types import Constraints, Limits
from apps.miners.driver import MinerSession
from apps.miners.models import Miner
from apps.miners.schemas import MinersPowerSetIn, MinersPowerSetOut
from apps.miners.services.lookup import miner_of, plan_target
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal


def power_set(ctx: Context, data: MinersPowerSetIn) -> MinersPowerSetOut:
    """Set the power target within the miner's own range, and read it back."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersPowerSetOut:
        client = session.client
        limits = (await client.tuning.constraints()).power
        if limits is not None and not limits.hold(data.watts):
            raise invalid("watts", out_of_range(device, limits), allowed=span(limits))
        before = (await client.tuning.state()).target_watts
        await client.tuning.set_power(data.watts)
        after = (await client.tuning.state()).target_watts
        return MinersPowerSetOut(
            device=device.id,
            before=before,
            after=after if after is not None else data.watts,
            confirmed=after == data.watts,
        )

    out = sessions.call(device, act, ctx, changing=True)
    Miner.system.filter(device=device).update(power_target_watts=out.after)
    return out


def power_plan(ctx: Context, data: MinersPowerSetIn) -> Plan:
    """The range comes from the miner, so a plan says no before the miner would."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> tuple[int | None, Constraints]:
        return (
            await session.client.tuning.state()
        ).target_watts, await session.client.tuning.constraints()

    before, limits = sessions.call(device, ask, ctx)
    refusals: tuple[PlanRefusal, ...] = ()
    if limits.power is not None and not limits.power.hold(data.watts):
        refusals = (PlanRefusal(target=device.id, reason=out_of_range(device, limits.power)),)
    return Plan(
        targets=(plan_target(device),),
        changes=(
            PlanChange(target=device.id, what="power target (W)", before=before, after=data.watts),
        ),
        refusals=refusals,
    )


def power_settle(ctx: Context, data: MinersPowerSetIn, intent: UUID) -> Outcome:
    """Whether the miner works towards the asked target."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> int | None:
        return (await session.client.tuning.state()).target_watts

    target = sessions.call(device, ask, ctx)
    if target != data.watts:
        words = f"The power target is {target} W; the command did not arrive. Call again."
        return Outcome.not_done(Code.DEVICE_REJECTED, words)
    out = MinersPowerSetOut(device=device.id, before=None, after=data.watts, confirmed=True)
    return Outcome.done(out)


def out_of_range(device: Device, limits: Limits) -> str:
    """What a miner says no to, and what it takes."""
    return f"{device.name} takes {span(limits)}."


def span(limits: Limits) -> str:
    """A range in watts."""
    return f"{limits.least:.0f} to {limits.most:.0f} W"


def power_reverse(
    actor: Actor, data: MinersPowerSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The target before; a miner that had none cannot be brought back to none."""
    return {"watts": output["before"]} if output.get("before") else None
