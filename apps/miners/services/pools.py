"""The pools of a miner: replaced whole, read back, and watched until work comes."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.miners.changing import engine, snapshots
from apps.miners.changing.aspects import POOLS, Groups
from apps.miners.changing.engine import Changed
from apps.miners.client.miner import MinerClient
from apps.miners.client.setup import GroupSetup
from apps.miners.client.types import PoolGroup
from apps.miners.driver import MinerSession
from apps.miners.schemas.pools import (
    MinersPoolsGetIn,
    MinersPoolsGetOut,
    MinersPoolsSetIn,
    MinersPoolsSetOut,
    MinersPoolState,
)
from apps.miners.services.disturbing import disruption
from apps.miners.services.lookup import miner_of
from apps.miners.services.templates import lines, setups, template_groups
from apps.miners.services.workers import filled
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

#: Seconds that pools get to answer after they were set, and between two looks.
PATIENCE: Final = 5.0
LOOK_AGAIN: Final = 0.25
RISKS: Final = ("Mining restarts with the new pools; a wrong account earns for somebody else.",)

States = tuple[PoolGroup, ...]


def pools_get(ctx: Context, data: MinersPoolsGetIn) -> MinersPoolsGetOut:
    """Ask the miner how its pools do."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> States:
        return await session.client.pools.groups()

    states = sessions.call(device, ask, ctx)
    return MinersPoolsGetOut(
        device=device.id,
        working=_working(states),
        failover=_failover(states),
        pools=_states(states),
    )


def pools_set(ctx: Context, data: MinersPoolsSetIn) -> MinersPoolsSetOut:
    """Replace the miner's pools, and see whether work comes from them."""
    device = miner_of(ctx.actor, data.device)
    wanted = groups_of(ctx.actor, device, data)

    async def wish(client: MinerClient, before: Groups) -> Groups:
        return wanted

    made = engine.change(ctx, device, POOLS, wish)
    return _out(ctx, device, made)


def pools_plan(ctx: Context, data: MinersPoolsSetIn) -> Plan:
    """The pools with the worker's name filled in; the miner itself is not asked."""
    device = miner_of(ctx.actor, data.device)
    after = [line for group in groups_of(ctx.actor, device, data) for line in lines(group)]
    return disruption(device, what=POOLS.title, after=", ".join(after), risks=RISKS)


def pools_settle(ctx: Context, data: MinersPoolsSetIn, intent: UUID) -> Outcome:
    """Whether the miner has the pools that were asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, POOLS)
    return found if isinstance(found, Outcome) else Outcome.done(_out(ctx, device, found))


def pools_reverse(
    actor: Actor, data: MinersPoolsSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The pools before that call, which were kept."""
    change = output.get("change")
    return {"template": None, "groups": None, "as_before": change} if change else None


def groups_of(actor: Actor, device: Device, data: MinersPoolsSetIn) -> Groups:
    """The groups this miner gets, names of workers filled in."""
    if data.as_before is not None:
        kept = snapshots.of_call(data.as_before, device, POOLS)
        if kept is None:
            raise not_found("change of pools", data.as_before)
        return kept.before
    given = setups(data.groups) if data.groups else template_groups(actor, data.template or "")
    return tuple(_filled(group, device) for group in given)


def _filled(group: GroupSetup, device: Device) -> GroupSetup:
    pools = tuple(replace(pool, user=filled(pool.user, device)) for pool in group.pools)
    return replace(group, pools=pools)


def _out(ctx: Context, device: Device, made: Changed[Groups]) -> MinersPoolsSetOut:
    states = _settled_states(ctx, device)
    return MinersPoolsSetOut(
        device=device.id,
        change=ctx.call.id,
        before=[line for group in made.before for line in lines(group)],
        after=[line for group in made.after for line in lines(group)],
        confirmed=made.confirmed,
        working=_working(states),
        failover=_failover(states),
    )


def _settled_states(ctx: Context, device: Device) -> States:
    """How the pools do once work comes, or after as much time as they get."""

    async def watch(session: MinerSession) -> States:
        states = await session.client.pools.groups()
        with_time = int(min(PATIENCE, ctx.remaining() / 2) / LOOK_AGAIN)
        for _ in range(with_time):
            if _working(states):
                break
            await asyncio.sleep(LOOK_AGAIN)
            states = await session.client.pools.groups()
        return states

    return sessions.call(device, watch, ctx)


def _working(states: States) -> bool:
    return all(any(pool.alive and pool.active for pool in group.pools) for group in states)


def _failover(states: States) -> bool:
    return all(
        any(pool.alive and pool.enabled and not pool.active for pool in group.pools)
        for group in states
    )


def _states(states: States) -> list[MinersPoolState]:
    return [
        MinersPoolState(
            group=group.name,
            url=pool.url,
            user=pool.user,
            enabled=pool.enabled,
            alive=pool.alive,
            active=pool.active,
            accepted=pool.accepted_shares,
            rejected=pool.rejected_shares,
        )
        for group in states
        for pool in group.pools
    ]
