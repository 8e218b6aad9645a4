"""How often a caller may call: GCRA in Valkey, one atomic step, weights by danger."""

from dataclasses import dataclass
from typing import Final

import redis
from django.conf import settings
from prometheus_client import Counter, Gauge

from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey

#: Heaviest weight of a call; no burst may be below it, or the call could never pass.
HEAVIEST: Final = 5

HITS = Counter("mcp_rate_limit_hits_total", "Calls refused by the limiter.")
REMAINING = Gauge(
    "mcp_rate_limit_remaining", "Tokens left after the last call.", multiprocess_mode="min"
)

# Generic cell rate algorithm: the stored value is the theoretical arrival time of the next call.
_SCRIPT: Final = """
local step, burst, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), nil
local t = redis.call('TIME')
now = t[1] + t[2] / 1000000
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local new = tat + step * cost
local wait = new - now - step * burst
if wait > 0.000001 then return {0, tostring(wait)} end
redis.call('SET', KEYS[1], string.format('%.6f', new), 'PX', math.ceil((new - now) * 1000) + 1)
return {1, tostring((step * burst - (new - now)) / step)}
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
        allowed, number = valkey().eval(_SCRIPT, 1, key_of(actor), rate.step, rate.burst, weight)
    except redis.RedisError:
        if dangerous:
            raise away() from None
        return
    if allowed:
        REMAINING.set(float(number))
        return
    HITS.inc()
    raise refused(float(number), rate)


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
