"""The one way a setting of a miner is written, planned, and settled when the answer was lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.errors import Code, Failure
from apps.miners.changing import snapshots
from apps.miners.changing.aspect import Aspect
from apps.miners.client.miner import MinerClient
from apps.miners.driver import MinerSession
from apps.miners.services.disturbing import disturb, held_by_a_job
from apps.miners.services.lookup import plan_target
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal

V = TypeVar("V")

#: What is wanted, of what is there; it may ask the miner for its ranges. Raises `invalid`.
Wish = Callable[[MinerClient, V], Awaitable[V]]


@dataclass(frozen=True, slots=True)
class Changed(Generic[V]):
    """What was, what was sent, and what the miner says it is."""

    before: V
    wanted: V
    after: V
    confirmed: bool


def change(ctx: Context, device: Device, aspect: Aspect[V], wish: Wish[V]) -> Changed[V]:
    """Read, check, keep, write, read back. Nothing is sent that the miner would not take.

    A call that runs again, as a job's step may, writes what it wanted the first time: a step is
    not taken twice, and what was before stays what it was.
    """
    kept = snapshots.of_call(ctx.call.id, device, aspect)
    if kept is None:
        before, wanted = _look(ctx, device, aspect, wish)
        snapshots.keep(ctx, device, aspect, before, wanted)
    else:
        before, wanted = kept.before, kept.wanted

    async def act(session: MinerSession) -> V:
        await aspect.write(session.client, wanted)
        return await aspect.read(session.client)

    if aspect.disruptive:
        after = disturb(device, act, ctx)
    else:
        after = sessions.call(device, act, ctx, changing=True)
    snapshots.complete(ctx.call.id, device, aspect, after)
    return Changed(before, wanted, after, aspect.agrees(after, wanted))


def plan(
    ctx: Context,
    device: Device,
    aspect: Aspect[V],
    wish: Wish[V],
    *,
    what: str = "",
    shown: Callable[[V], Any] | None = None,
) -> Plan:
    """What there is and what would be; what the miner would not take is refused in its words.

    `what` and `shown` say it in other words than the aspect does.
    """
    tell = shown or aspect.shown
    target = (plan_target(device),)
    held = held_by_a_job(device) if aspect.disruptive else ""
    if held:
        return Plan(targets=target, refusals=(PlanRefusal(target=device.id, reason=held),))
    try:
        before, wanted = _look(ctx, device, aspect, wish)
    except Failure as failure:
        if failure.code not in (Code.INVALID, Code.CONFLICT):
            raise
        reason = failure.errors[0].message if failure.errors else failure.detail
        return Plan(targets=target, refusals=(PlanRefusal(target=device.id, reason=reason),))
    made = PlanChange(
        target=device.id,
        what=what or aspect.title,
        before=tell(before),
        after=tell(wanted),
    )
    return Plan(targets=target, changes=(made,))


def settle(ctx: Context, device: Device, aspect: Aspect[V]) -> Changed[V] | Outcome:
    """Whether the miner is as the call wanted it; an outcome says that it is not."""
    kept = snapshots.of_call(ctx.call.id, device, aspect)
    if kept is None:
        return Outcome.not_done(Code.DEVICE_REJECTED, "Nothing was sent; call again.")

    async def ask(session: MinerSession) -> V:
        return await aspect.read(session.client)

    now = sessions.call(device, ask, ctx)
    if not aspect.agrees(now, kept.wanted):
        words = f"The {aspect.title} is not as asked for; the command did not arrive. Call again."
        return Outcome.not_done(Code.DEVICE_REJECTED, words)
    snapshots.complete(ctx.call.id, device, aspect, now)
    return Changed(kept.before, kept.wanted, now, confirmed=True)


def _look(ctx: Context, device: Device, aspect: Aspect[V], wish: Wish[V]) -> tuple[V, V]:
    async def ask(session: MinerSession) -> tuple[V, V]:
        before = await aspect.read(session.client)
        return before, await wish(session.client, before)

    return sessions.call(device, ask, ctx)
