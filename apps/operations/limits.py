"""How often a caller may call: GCRA in Valkey, one atomic step, weights by danger."""

from dataclasses import dataclass
from typing import Final

import redis
from django.conf import settings
from prometheus_client import Counter, Gauge

from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey, valkey_here

#: Heaviest weight of a call; no burst may be below it, or the call could never pass.
HEAVIEST: Final = 5

HITS = Counter("mcp_rate_limit_hits_total", "Calls refused by the limiter.")
REMAINING = Gauge(
    "mcp_rate_limit_remaining", "Tokens left after the last call.", multiprocess_mode="min"
)

# Generic cell rate algorithm: the stored value is the theoretical arrival time of the next call.
# Takes `most` tokens; where fewer are left, what is needed of them; nothing below `least`.
_SCRIPT: Final = """
local step, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local most, needed, least = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local left = math.floor((step * burst - (tat - now) + 0.000001) / step)
local cost = left >= most and most or math.min(left, needed)
if cost < least then return {0, tostring(tat + step * least - now - step * burst)} end
local new = tat + step * cost
redis.call('SET', KEYS[1], string.format('%.6f', new), 'PX', math.ceil((new - now) * 1000) + 1)
return {cost, tostring((step * burst - (new - now)) / step)}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a minute, and how many may come at once."""

    per_minute: int
    burst: int

    @property
    def step(self) -> float:
        """Seconds that one token takes to come back."""
        return 60.0 / self.per_minute


def rate_of(actor: Actor) -> Rate:
    """Agents are slower than people and keys."""
    config = settings.CONFIG
    if actor.kind is ActorKind.AGENT:
        return Rate(config.mcp_rate_limit_rpm, config.mcp_rate_limit_burst)
    return Rate(config.api_rate_limit_rpm, config.api_rate_limit_burst)


def key_of(actor: Actor) -> str:
    """Per credential; one bucket for all agents where the setting says so."""
    if actor.kind is ActorKind.AGENT and not settings.CONFIG.mcp_rate_limit_per_client:
        return "cp:rate:agents"
    return f"cp:rate:{actor.credential_id or actor.id}"


def spend(actor: Actor, weight: int, *, dangerous: bool) -> None:
    """Take `weight` tokens; raises `rate_limited` with the time to come again.

    Work nobody asked for is not limited. Without Valkey, dangerous calls are refused (`busy`)
    and the others let through.
    """
    if actor.kind in (ActorKind.SYSTEM, ActorKind.SCHEDULE):
        return
    rate = rate_of(actor)
    try:
        reply = valkey().eval(_SCRIPT, *_asked(actor, rate, weight, weight, weight))
    except redis.RedisError:
        if dangerous:
            raise away() from None
        return
    taken = _taken(reply)
    if not taken.tokens:
        HITS.inc()
        raise refused(taken.wait, rate)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many tokens were taken; of none, the seconds until there is one."""

    tokens: int
    wait: float = 0.0


async def take(actor: Actor, *, needed: int, spare: int) -> Taken:
    """Take a token for each of `needed` calls and `spare` more, on the running loop.

    Where the bucket has not as many, only those that are needed, or as many of them as it has.
    Whoever refuses a call for want of tokens counts it. Without Valkey all are let through.
    """
    rate, most = rate_of(actor), needed + spare
    try:
        reply = await valkey_here().eval(_SCRIPT, *_asked(actor, rate, most, needed, 1))
    except (redis.RedisError, OSError):
        return Taken(most)
    return _taken(reply)


def _asked(
    actor: Actor, rate: Rate, most: int, needed: int, least: int
) -> tuple[int, str, float, int, int, int, int]:
    return 1, key_of(actor), rate.step, rate.burst, most, needed, least


def _taken(reply: tuple[int, bytes]) -> Taken:
    tokens, number = reply
    if not tokens:
        return Taken(0, max(0.0, float(number)))
    REMAINING.set(float(number))
    return Taken(tokens)


def away() -> Failure:
    """The failure of a dangerous call while nobody can say how many there were."""
    return Failure(
        Code.BUSY, "The limiter is away; dangerous operations wait for it.", retry_after=5
    )


def refused(wait: float, rate: Rate) -> Failure:
    """The failure of a caller who is too fast; `wait` in seconds."""
    return Failure(
        Code.RATE_LIMITED,
        f"More than {rate.per_minute} calls a minute (burst {rate.burst}). "
        f"Come again in {max(wait, 0.001):.1f} s.",
        retry_after=wait,
    )
