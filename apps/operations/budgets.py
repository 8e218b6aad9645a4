"""What an agent may use up in an hour, and the switch that stops it: asked on every call of one."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import redis

from apps.accounts.selectors import AgentLimits, agent_limits
from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.operations import limits

HOUR: Final = timedelta(hours=1)
#: Seconds that the counts of an hour are kept: a clock may be late.
KEPT: Final = 7_200

# Both counts or none: a call that one of them refuses uses up nothing of the other.
_SCRIPT: Final = """
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 'calls' end
local fresh = 0
for i = 4, #ARGV do fresh = fresh + 1 - redis.call('SISMEMBER', KEYS[2], ARGV[i]) end
if fresh > 0 and redis.call('SCARD', KEYS[2]) + fresh > tonumber(ARGV[2]) then return 'devices' end
redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
for i = 4, #ARGV do redis.call('SADD', KEYS[2], ARGV[i]) end
if #ARGV > 3 then redis.call('EXPIRE', KEYS[2], ARGV[3]) end
return ''
"""


def agent_behind(actor: Actor) -> UUID | None:
    """The account that may be an agent's: the actor, or who owns the schedule that acts."""
    if actor.kind is ActorKind.SCHEDULE:
        return actor.acts_for
    return actor.id if actor.kind is ActorKind.AGENT else None


def require_running(actor: Actor) -> None:
    """Raises `forbidden` for an agent that is stopped. The row is read each time, so that a stop
    holds in every process at once."""
    agent = agent_behind(actor)
    found = agent_limits(agent) if agent else None
    if found is None or not (stopped_at := found.stopped_at or found.all_stopped_at):
        return
    who = "This agent was" if found.stopped_at else "All agents of this tenant were"
    raise Failure(
        Code.FORBIDDEN,
        f"{who} stopped at {_spoken(stopped_at)}; nothing was done. An administrator may let "
        "it go on with accounts.agent.resume.",
    )


def spend(actor: Actor, devices: Collection[UUID], *, dangerous: bool) -> None:
    """Count a call of an agent, or of a schedule it made, and the devices it is about to change.

    Raises `rate_limited` where the hour has no more of either. Without Valkey, dangerous calls
    are refused (`busy`) and the others let through, as the limiter does.
    """
    agent = agent_behind(actor)
    if agent is None or (allowed := agent_limits(agent)) is None:
        return
    now = clock.now()
    numbers = (allowed.calls, allowed.devices, KEPT)
    try:
        over = valkey().eval(
            _SCRIPT, 2, *_keys(agent, now), *numbers, *sorted(map(str, set(devices)))
        )
    except redis.RedisError:
        if dangerous:
            raise limits.away() from None
        return
    if over:
        limits.HITS.inc()
        raise _used_up(over.decode(), allowed, now)


def spend_read(actor: Actor, weight: int = 1) -> None:
    """All that a face asks before it reads for somebody without an operation."""
    require_running(actor)
    limits.spend(actor, weight, dangerous=False)
    spend(actor, (), dangerous=False)


def spend_agent_read(actor: Actor) -> None:
    """The same on faces where people and keys read as they like: what an agent reads counts as
    one of its calls, through whichever door."""
    if agent_behind(actor) is not None:
        spend_read(actor)


def used(agents: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Calls made and devices changed in the running hour, by agent; without Valkey none."""
    now, asked = clock.now(), list(agents)
    pipe = valkey().pipeline(transaction=False)
    for agent in asked:
        calls, devices = _keys(agent, now)
        pipe.get(calls)
        pipe.scard(devices)
    try:
        found = pipe.execute()
    except redis.RedisError:
        return {}
    pairs = zip(found[::2], found[1::2], strict=True)
    return {
        agent: (int(calls or 0), int(devices))
        for agent, (calls, devices) in zip(asked, pairs, strict=True)
    }


def _keys(agent: UUID, now: datetime) -> tuple[str, str]:
    hour = f"{now:%Y%m%d%H}"
    return f"cp:budget:{{{agent}}}:calls:{hour}", f"cp:budget:{{{agent}}}:devices:{hour}"


def _used_up(which: str, allowed: AgentLimits, now: datetime) -> Failure:
    begins = now.replace(minute=0, second=0, microsecond=0) + HOUR
    what = {
        "calls": f"This agent has made the {allowed.calls} calls it has for this hour",
        "devices": f"This agent may change {allowed.devices} devices in an hour, and this would "
        "be more",
    }[which]
    return Failure(
        Code.RATE_LIMITED,
        f"{what}; nothing was done. The next hour begins at {_spoken(begins)}; an administrator "
        "may raise the number with accounts.agent.limit.",
        retry_after=(begins - now).total_seconds(),
    )


def _spoken(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC on {moment:%d %B}"
