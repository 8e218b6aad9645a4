"""Circuit breakers: a device that does not answer is left alone for a while, by every process.

    closed --5 failures in a row--> open --60 s--> half-open --3 successes--> closed
                                     ^                 |
                                     +---- a failure --+

While half-open one call at a time may try. Pollers are never stopped; what they see counts, and
three of their successes in a row close an open breaker at once. Only `unreachable` and
`timeout` count as failures: a device that refuses a command is there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import redis
import structlog

from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey

COUNTED: Final = frozenset({Code.UNREACHABLE, Code.TIMEOUT})
#: A breaker nobody used for so long (seconds) is forgotten.
FORGOTTEN_AFTER: Final = 3_600

log = structlog.get_logger(__name__)


class BreakerState(StrEnum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Policy:
    """When it opens and closes. `trial_seconds`: how long one half-open try may take."""

    failures: int = 5
    open_seconds: float = 60.0
    successes: int = 3
    trial_seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """How one device's breaker stands. `failures` are those in a row."""

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    successes: int = 0
    opened_at: datetime | None = None
    tries_at: datetime | None = None


DEFAULT: Final = Policy()

# All three scripts keep one hash a device and read the server's clock, in milliseconds.
# They return the state after the step; `ask` adds the time of the next try.
_CLOCK = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local key = KEYS[1]
local state = redis.call('HGET', key, 'state') or 'closed'
local function num(name) return tonumber(redis.call('HGET', key, name) or '0') end
"""

_ASK = (
    _CLOCK
    + """
local open_ms, trial_ms = tonumber(ARGV[1]), tonumber(ARGV[2])
if state == 'closed' then return {'closed', 0} end
if state == 'open' then
  local at = num('opened_at') + open_ms
  if now < at then return {'open', at} end
  redis.call('HSET', key, 'state', 'half_open', 'successes', 0)
elseif now < num('trial_until') then
  return {'open', num('trial_until')}
end
redis.call('HSET', key, 'trial_until', now + trial_ms)
return {'half_open', 0}
"""
)

_FAILED = (
    _CLOCK
    + """
local limit, ttl, probing = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local failures = redis.call('HINCRBY', key, 'failures', 1)
redis.call('HSET', key, 'successes', 0, 'trial_until', 0)
if state == 'half_open' or (state == 'closed' and failures >= limit) then
  redis.call('HSET', key, 'state', 'open', 'opened_at', now)
  state = 'open'
end
redis.call('EXPIRE', key, ttl)
return state
"""
)

_SUCCEEDED = (
    _CLOCK
    + """
local needed, poller = tonumber(ARGV[1]), ARGV[2] == '1'
if state == 'closed' then redis.call('DEL', key) return 'closed' end
if state == 'open' and not poller then return 'open' end
local successes = redis.call('HINCRBY', key, 'successes', 1)
redis.call('HSET', key, 'trial_until', 0)
if successes >= needed then redis.call('DEL', key) return 'closed' end
return state
"""
)


def require(device_id: UUID, name: str, *, policy: Policy = DEFAULT) -> None:
    """Raises `breaker_open` unless a call may be made now.

    Valkey being away stops nothing: the breaker protects, it does not authorise.
    """
    milliseconds = (int(policy.open_seconds * 1000), int(policy.trial_seconds * 1000))
    try:
        state, at = _script(_ASK, device_id, *milliseconds)
        now = _server_clock() if state == b"open" else 0.0
    except redis.RedisError as error:
        log.warning("breaker not asked", device_id=str(device_id), error=str(error))
        return
    if state == b"open":
        raise open_failure(name, _moment(at / 1000), max(0.1, at / 1000 - now))


def heard(device_id: UUID, failure: Failure | None, *, policy: Policy = DEFAULT) -> None:
    """Count how a call ended; failures that prove the device to be there count as answers."""
    if failure is not None and failure.code is Code.BUSY:
        return
    if failure is not None and failure.code is Code.INDETERMINATE:
        return
    lost = failure is not None and failure.code in COUNTED
    _count(device_id, ok=not lost, poller=False, policy=policy)


def polled(device_id: UUID, *, ok: bool, policy: Policy = DEFAULT) -> BreakerState:
    """Count what a poller saw and say how the breaker stands.

    Once it is closed a poller need not report successes again before its next failure.
    """
    return _count(device_id, ok=ok, poller=True, policy=policy)


def reset(device_id: UUID) -> None:
    """Close the breaker now."""
    valkey().delete(_key(device_id))


def standing(device_ids: Iterable[UUID], *, policy: Policy = DEFAULT) -> dict[UUID, Breaker]:
    """The breakers of these devices; those never tripped are closed."""
    wanted = list(device_ids)
    pipe = valkey().pipeline(transaction=False)
    for device_id in wanted:
        pipe.hgetall(_key(device_id))
    rows = pipe.execute() if wanted else []
    return {one: _breaker(row, policy) for one, row in zip(wanted, rows, strict=True)}


def open_failure(name: str, at: datetime, seconds: float) -> Failure:
    """The failure of a call that was not made."""
    moment = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Failure(
        Code.BREAKER_OPEN,
        f"The circuit breaker is OPEN for {name}, which did not answer; "
        f"it tries again at {moment} (in {seconds:.0f} s).",
        retry_after=seconds,
    )


def _count(device_id: UUID, *, ok: bool, poller: bool, policy: Policy) -> BreakerState:
    try:
        if ok:
            state = _script(_SUCCEEDED, device_id, policy.successes, int(poller))
        else:
            state = _script(_FAILED, device_id, policy.failures, FORGOTTEN_AFTER, int(poller))
    except redis.RedisError as error:
        log.warning("breaker not counted", device_id=str(device_id), error=str(error))
        return BreakerState.CLOSED
    return BreakerState(state.decode())


def _breaker(row: dict[bytes, bytes], policy: Policy) -> Breaker:
    if not row:
        return Breaker()
    opened = int(row.get(b"opened_at", b"0"))
    state = BreakerState(row.get(b"state", b"closed").decode())
    is_open = state is BreakerState.OPEN
    return Breaker(
        state=state,
        failures=int(row.get(b"failures", b"0")),
        successes=int(row.get(b"successes", b"0")),
        opened_at=_moment(opened / 1000) if opened else None,
        tries_at=_moment(opened / 1000 + policy.open_seconds) if is_open else None,
    )


def _script(text: str, device_id: UUID, *arguments: int) -> Any:
    return valkey().eval(text, 1, _key(device_id), *arguments)


def _server_clock() -> float:
    seconds, micros = valkey().time()
    return float(seconds) + float(micros) / 1e6


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _key(device_id: UUID) -> str:
    return f"cp:breaker:{device_id}"
